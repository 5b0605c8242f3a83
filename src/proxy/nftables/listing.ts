import { z } from 'zod';
import type { Text } from '../../core/text.js';
import { fieldsOf, itemsOf } from '../../objects/source/pick.js';
import type { Counters } from '../model.js';
import type { NftChain, NftElement, NftRule, NftRuleset, NftSet, NftTable } from './model.js';
import { printExpression, printStatements } from './print.js';

/** A listing that can be read, or why it cannot. */
export type NftReading = { readonly sound: true; readonly ruleset: NftRuleset } | { readonly sound: false; readonly why: Text };

/** Reads what `nft -j list ruleset`, or `nft -j list table ip kube-proxy`, prints (nftables 1.0.6; libnftables-json(5)). */
export function readNftables(json: string): NftReading {
  try {
    return { sound: true, ruleset: parseNftables(json) };
  } catch (error) {
    if (!(error instanceof NftListingError)) throw error;
    return { sound: false, why: { en: error.message, ko: `nft 출력을 해석할 수 없습니다: ${error.what}` } };
  }
}

/** A text that `nft -j` does not print. */
class NftListingError extends Error {
  readonly what: string;

  constructor(what: string) {
    super(`the output of nft cannot be read: ${what}`);
    this.name = 'NftListingError';
    this.what = what;
  }
}

/** @throws Error that says what `nft -j` would not print. */
export function parseNftables(json: string): NftRuleset {
  const parsed = listingSchema.safeParse(parseJson(json));
  if (!parsed.success) throw new NftListingError(z.prettifyError(parsed.error).split('\n')[0] ?? '');
  const tables = new Map<string, Open>();
  const open = (family: string, name: string): Open => {
    const table = tables.get(`${family} ${name}`);
    if (table === undefined) throw new NftListingError(`table ${family} ${name} was not declared`);
    return table;
  };
  for (const { table, chain, rule, set, map } of parsed.data.nftables) {
    if (table !== undefined) {
      const { family, name, handle } = table;
      tables.set(`${family} ${name}`, { family, name, handle, chains: new Map(), sets: [], maps: [] });
    }
    if (chain !== undefined) open(chain.family, chain.table).chains.set(chain.name, { name: chain.name, base: baseOf(chain), rules: [] });
    if (rule !== undefined) {
      const owner = open(rule.family, rule.table).chains.get(rule.chain);
      if (owner === undefined) throw new NftListingError(`chain ${rule.chain} of table ${rule.table} was not declared`);
      owner.rules.push(ruleOf(rule));
    }
    if (set !== undefined) open(set.family, set.table).sets.push(setOf(set));
    if (map !== undefined) open(map.family, map.table).maps.push(setOf(map));
  }
  return { tables: [...tables.values()].map((table) => ({ ...table, chains: [...table.chains.values()] })) };
}

type Open = Omit<NftTable, 'chains' | 'sets' | 'maps'> & {
  readonly chains: Map<string, NftChain & { readonly rules: NftRule[] }>;
  readonly sets: NftSet[];
  readonly maps: NftSet[];
};

const inTable = { family: z.string(), table: z.string() };
const chainSchema = z.looseObject({
  ...inTable,
  name: z.string(),
  type: z.string().optional(),
  hook: z.string().optional(),
  prio: z.int().optional(),
  policy: z.string().optional(),
});
const ruleSchema = z.looseObject({
  ...inTable,
  chain: z.string(),
  handle: z.int(),
  comment: z.string().optional(),
  expr: z.array(z.unknown()),
});
const setSchema = z.looseObject({
  ...inTable,
  name: z.string(),
  type: z.union([z.string(), z.array(z.string())]),
  flags: z.array(z.string()).optional(),
  timeout: z.int().optional(),
  elem: z.array(z.unknown()).optional(),
});
const listingSchema = z.looseObject({
  nftables: z.array(
    z.looseObject({
      table: z.looseObject({ family: z.string(), name: z.string(), handle: z.int() }).optional(),
      chain: chainSchema.optional(),
      rule: ruleSchema.optional(),
      set: setSchema.optional(),
      map: setSchema.optional(),
    }),
  ),
});
const counterSchema = z.object({ packets: z.int().nonnegative(), bytes: z.int().nonnegative() });

function baseOf({ type, hook, prio, policy }: z.infer<typeof chainSchema>): NftChain['base'] {
  return type === undefined || hook === undefined ? undefined : { type, hook, priority: prio ?? 0, policy: policy ?? 'accept' };
}

function ruleOf({ chain, handle, comment, expr }: z.infer<typeof ruleSchema>): NftRule {
  return { chain, handle, comment, spec: printStatements(expr), expressions: expr, counters: countersOf(expr) };
}

function countersOf(expressions: readonly unknown[]): Counters | undefined {
  const counter = expressions.map((one) => fieldsOf(one)['counter']).find((one) => one !== undefined);
  return counterSchema.safeParse(counter).data;
}

function setOf({ name, type, flags = [], timeout, elem = [] }: z.infer<typeof setSchema>): NftSet {
  return { name, type: typeof type === 'string' ? type : type.join(' . '), flags, timeout, elements: elem.map(elementOf) };
}

/** A key; a key and its value; either of them with a comment or a lifetime. */
function elementOf(element: unknown): NftElement {
  const [key, value] = Array.isArray(element) ? itemsOf(element) : [element];
  const { comment, expires } = fieldsOf(fieldsOf(key)['elem']);
  return {
    key: printExpression(key),
    value: value === undefined ? undefined : printExpression(value),
    comment: typeof comment === 'string' ? comment : undefined,
    expires: typeof expires === 'number' ? expires : undefined,
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new NftListingError(cause instanceof Error ? cause.message : String(cause));
  }
}
