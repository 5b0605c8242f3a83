import { z } from 'zod';
import type { Text } from '../core/text.js';
import { parseIptablesSave, SaveTextError } from './iptables/parse.js';
import type { Chain, Counters, Rule, Ruleset } from './model.js';
import { targetOf } from './rule-parts.js';

/**
 * Counters at one moment. Each rule carries its handle, and the counters that belong to that very handle.
 * A table's handle tells it from another of the same name, made anew, in which the rules' handles start from the beginning.
 */
export type Reading =
  | { readonly sound: true; readonly ruleset: Ruleset; readonly tableHandles: ReadonlyMap<string, number> }
  | { readonly sound: false; readonly why: Text };

/**
 * Joins `iptables-save -c` (what the rules say) with `nft -a -j list ruleset` (which objects they are, and what those counted): iptables on the
 * nf_tables back end keeps each rule as one nf_tables rule, in the same order within its chain. Where the two do not fit, as when the rules were
 * rewritten between them, the reading is unsound.
 */
export function readCounters(saveText: string, nftJson: string): Reading {
  try {
    const listing = parseListing(nftJson);
    const ruleset = parseIptablesSave(saveText);
    const tables = ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => withHandles(table.name, chain, listing.rules.get(`${table.name} ${chain.name}`) ?? [])),
    }));
    return { sound: true, ruleset: { ...ruleset, tables }, tableHandles: listing.tableHandles };
  } catch (error) {
    if (error instanceof MismatchError) return { sound: false, why: error.why };
    if (!(error instanceof SaveTextError)) throw error;
    return {
      sound: false,
      why: {
        en: `the output of iptables-save cannot be read: ${error.message}`,
        ko: `iptables-save 출력을 해석할 수 없습니다: ${error.message}`,
      },
    };
  }
}

class MismatchError extends Error {
  readonly why: Text;

  constructor(why: Text) {
    super(why.en);
    this.why = why;
  }
}

interface NftRule {
  readonly handle: number;
  readonly counters: Counters | undefined;
  readonly jump: string | undefined;
}

interface Listing {
  /** By `table chain`. */
  readonly rules: ReadonlyMap<string, readonly NftRule[]>;
  readonly tableHandles: ReadonlyMap<string, number>;
}

const jumpSchema = z.looseObject({ target: z.string() });
const expressionSchema = z.looseObject({
  counter: z.looseObject({ packets: z.int().nonnegative(), bytes: z.int().nonnegative() }).optional(),
  jump: jumpSchema.optional(),
  goto: jumpSchema.optional(),
});
const entrySchema = z.looseObject({
  table: z.looseObject({ family: z.string(), name: z.string(), handle: z.int() }).optional(),
  rule: z
    .looseObject({
      family: z.string(),
      table: z.string(),
      chain: z.string(),
      handle: z.int(),
      // An expression without arguments is a bare word.
      expr: z.array(z.union([expressionSchema, z.string()])),
    })
    .optional(),
});
const listingSchema = z.looseObject({ nftables: z.array(entrySchema) });

function parseListing(json: string): Listing {
  const parsed = listingSchema.safeParse(parseJson(json));
  if (!parsed.success) throw unreadable(z.prettifyError(parsed.error).split('\n')[0] ?? '');
  const rules = new Map<string, NftRule[]>();
  const tableHandles = new Map<string, number>();
  for (const { table, rule } of parsed.data.nftables) {
    if (table?.family === 'ip') tableHandles.set(table.name, table.handle);
    if (rule?.family !== 'ip') continue;
    const expressions = rule.expr.filter((expression) => typeof expression !== 'string');
    const key = `${rule.table} ${rule.chain}`;
    const list = rules.get(key) ?? [];
    rules.set(key, list);
    list.push({
      handle: rule.handle,
      counters: expressions.find(({ counter }) => counter !== undefined)?.counter,
      jump: expressions.map(({ jump, goto }) => (jump ?? goto)?.target).find((target) => target !== undefined),
    });
  }
  return { rules, tableHandles };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : String(cause));
  }
}

function unreadable(message: string): MismatchError {
  return new MismatchError({ en: `the output of nft cannot be read: ${message}`, ko: `nft 출력을 해석할 수 없습니다: ${message}` });
}

function withHandles(table: string, chain: Chain, listed: readonly NftRule[]): Chain {
  if (listed.length !== chain.rules.length) {
    throw new MismatchError({
      en: `chain ${chain.name} of table ${table} has ${chain.rules.length} rules by iptables-save and ${listed.length} by nft: they changed in between`,
      ko: `${table} 테이블의 ${chain.name} 체인 규칙 수가 서로 다릅니다(iptables-save ${chain.rules.length}개, nft ${listed.length}개). 두 명령 사이에 규칙이 바뀌었습니다`,
    });
  }
  return { ...chain, rules: chain.rules.map((rule, index) => withHandle(table, rule, index, listed[index])) };
}

function withHandle(table: string, rule: Rule, index: number, listed: NftRule | undefined): Rule {
  const fits = listed?.jump === undefined || listed.jump === targetOf(rule);
  if (listed?.counters === undefined || !fits) {
    throw new MismatchError({
      en: `rule ${index + 1} of chain ${rule.chain} (table ${table}) is not the same rule by iptables-save and by nft`,
      ko: `${table} 테이블 ${rule.chain} 체인의 ${index + 1}번째 규칙이 iptables-save와 nft에서 서로 다릅니다`,
    });
  }
  return { ...rule, handle: listed.handle, counters: { packets: listed.counters.packets, bytes: listed.counters.bytes } };
}
