import type { Rule } from './model.js';

/** `! --mark 0x4000/0x4000` is `{flag: '--mark', negated: true, values: ['0x4000/0x4000']}`. */
export interface RuleOption {
  readonly flag: string;
  readonly negated: boolean;
  readonly values: readonly string[];
}

/** A rule taken apart as the iptables program does it. */
export interface RuleParts {
  /** `-s -d -i -o -p -f`, by their short names. */
  readonly base: readonly RuleOption[];
  readonly matches: readonly RuleMatch[];
  readonly target: RuleTarget | undefined;
}

export interface RuleMatch {
  readonly name: string;
  readonly options: readonly RuleOption[];
}

export interface RuleTarget {
  readonly name: string;
  /** `-g`: a RETURN there does not come back here. */
  readonly goto: boolean;
  readonly options: readonly RuleOption[];
}

/** Takes the arguments after `-A CHAIN` apart. Nothing is lost: what it does not know is an option of the match or target before it. */
export function partsOf(tokens: readonly string[]): RuleParts {
  const known = cache.get(tokens);
  if (known !== undefined) return known;
  const parts = takeApart(tokens);
  cache.set(tokens, parts);
  return parts;
}

/** The chain that the rule jumps to, or the target that it hands the packet to. */
export function targetOf(rule: Rule): string | undefined {
  return partsOf(rule.tokens).target?.name;
}

/** `address:port` of a DNAT rule. */
export function dnatDestination(rule: Rule): string | undefined {
  const { target } = partsOf(rule.tokens);
  return target?.name === 'DNAT' ? target.options.find(({ flag }) => flag === '--to-destination')?.values[0] : undefined;
}

/** The chance, 0 to 1, that a packet passes the rule's `statistic` match; undefined without one of mode random. */
export function probabilityOf(rule: Rule): number | undefined {
  const value = matchOption(rule, 'statistic', '--probability')?.values[0];
  return value === undefined ? undefined : Number(value);
}

/** `{value, mask}` of the rule's `mark` match, and whether it asks for the opposite. */
export function markMatchOf(rule: Rule): { readonly value: number; readonly mask: number; readonly negated: boolean } | undefined {
  const option = matchOption(rule, 'mark', '--mark');
  return option === undefined ? undefined : { ...parseMark(option.values[0] ?? ''), negated: option.negated };
}

/** `{value, mask}` of a MARK target as the kernel has it: `mark = (mark & ~mask) ^ value`. */
export function markTargetOf(rule: Rule): { readonly value: number; readonly mask: number } | undefined {
  const { target } = partsOf(rule.tokens);
  const option = target?.name === 'MARK' ? target.options.find(({ flag }) => flag === '--set-xmark') : undefined;
  return option === undefined ? undefined : parseMark(option.values[0] ?? '');
}

export function matchOption(rule: Rule, match: string, flag: string): RuleOption | undefined {
  return partsOf(rule.tokens)
    .matches.filter(({ name }) => name === match)
    .flatMap(({ options }) => options)
    .find((option) => option.flag === flag);
}

/** `0x4000/0x4000`, or `0x1` with a full mask. NaN for what is no number. */
export function parseMark(text: string): { readonly value: number; readonly mask: number } {
  const [value = '', mask = '0xffffffff'] = text.split('/');
  return { value: Number(value), mask: Number(mask) };
}

const cache = new WeakMap<readonly string[], RuleParts>();

const baseFlags = new Map(
  [
    ['-s', '--source', '--src'],
    ['-d', '--destination', '--dst'],
    ['-i', '--in-interface'],
    ['-o', '--out-interface'],
    ['-p', '--protocol', '--proto'],
    ['-f', '--fragment'],
  ].flatMap(([short = '', ...long]) => [short, ...long].map((flag) => [flag, short] as const)),
);

/** Options whose one value may be any text, also one that looks like an option. */
const freeText = new Set(['--comment', '--log-prefix', '--nflog-prefix', '--string', '--hex-string']);

function takeApart(tokens: readonly string[]): RuleParts {
  const base: RuleOption[] = [];
  const matches: { name: string; options: RuleOption[] }[] = [];
  let target: { name: string; goto: boolean; options: RuleOption[] } | undefined;
  let at = 0;
  while (at < tokens.length) {
    const negated = tokens[at] === '!';
    if (negated) at += 1;
    const flag = tokens[at] ?? '';
    at += 1;
    const start = at;
    if (freeText.has(flag)) at = Math.min(at + 1, tokens.length);
    else while (at < tokens.length && !startsOption(tokens[at] ?? '')) at += 1;
    const values = tokens.slice(start, at);

    const short = target === undefined ? baseFlags.get(flag) : undefined;
    if (short !== undefined) base.push({ flag: short, negated, values });
    else if (target === undefined && (flag === '-m' || flag === '--match')) matches.push({ name: values[0] ?? '', options: [] });
    else if (flag === '-j' || flag === '--jump' || flag === '-g' || flag === '--goto') {
      target = { name: values[0] ?? '', goto: flag === '-g' || flag === '--goto', options: [] };
    } else {
      // `-p tcp --dport 80` loads the tcp match by itself.
      if (target === undefined && matches.length === 0) {
        matches.push({ name: base.find((option) => option.flag === '-p')?.values[0] ?? '', options: [] });
      }
      (target ?? matches.at(-1))?.options.push({ flag, negated, values });
    }
  }
  return { base, matches, target };
}

function startsOption(token: string): boolean {
  return token === '!' || /^-{1,2}[A-Za-z]/.test(token);
}
