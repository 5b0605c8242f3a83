import { chainOf, type Rule, type Ruleset, tableOf } from './model.js';
import { markTargetOf, partsOf } from './rule-parts.js';
import { matchRule, type Packet } from './walk-match.js';

/** One way that a packet can take through a table, starting in one chain. */
export interface Way {
  /** 0 to 1; all ways together make 1. */
  readonly probability: number;
  /** Every rule that was looked at, in order. A rule counts a packet when it matched. */
  readonly visits: readonly Visit[];
  readonly verdict: WayVerdict;
  /** The packet's mark at the end. */
  readonly mark: number;
}

export interface Visit {
  readonly rule: Rule;
  readonly matched: boolean;
}

export type WayVerdict =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'masquerade' }
  | { readonly kind: 'dnat' | 'snat'; readonly to: string }
  /** It came to the end of a chain of the kernel: `ACCEPT` or `DROP`. */
  | { readonly kind: 'policy'; readonly policy: string }
  /** It came to the end of a chain that a user made, or a RETURN in it. */
  | { readonly kind: 'return' }
  /** What happens at this rule cannot be foretold; nothing after it was looked at. */
  | { readonly kind: 'unknown'; readonly rule: Rule; readonly what: string };

export interface WalkOptions {
  /** Decides a `statistic` match by itself, so that a single way comes out. Without it all ways are followed. */
  readonly choose?: (probability: number, rule: Rule) => boolean;
}

/**
 * Foretells which rules a packet meets in one table. Only the first packet of a connection goes through the nat table.
 * @throws Error when the chain is not there, or chains jump in a circle, which the kernel does not take.
 */
export function walk(ruleset: Ruleset, table: string, chain: string, packet: Packet, options: WalkOptions = {}): readonly Way[] {
  const start = chainOf(ruleset, table, chain);
  if (start === undefined) throw new Error(`table ${table} has no chain ${chain}`);
  const context: Context = {
    chains: new Map(tableOf(ruleset, table)?.chains.map(({ name, rules }) => [name, rules])),
    packet,
    choose: options.choose,
    atEnd: start.policy === '-' ? { kind: 'return' } : { kind: 'policy', policy: start.policy },
  };
  return [...follow({ frames: [{ rules: start.rules, at: 0 }], mark: packet.mark, probability: 1, visits: [] }, context)];
}

interface Context {
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
  readonly packet: Packet;
  readonly choose: WalkOptions['choose'];
  readonly atEnd: WayVerdict;
}

/** A chain being gone through, and the rule that comes next in it. */
interface Frame {
  readonly rules: readonly Rule[];
  at: number;
}

interface State {
  readonly frames: Frame[];
  readonly visits: Visit[];
  mark: number;
  probability: number;
}

function* follow(state: State, context: Context): Generator<Way> {
  for (let frame = state.frames.at(-1); frame !== undefined; frame = state.frames.at(-1)) {
    const rule = frame.rules[frame.at];
    frame.at += 1;
    if (rule === undefined) {
      state.frames.pop();
      continue;
    }
    const match = matchRule(rule, { ...context.packet, mark: state.mark });
    if (match.kind === 'unknown') return yield way(state, { kind: 'unknown', rule, what: match.what });
    const chance = match.kind === 'no' ? 0 : decide(match.probability, rule, state, context);
    if (chance > 0) {
      const taken = chance === 1 ? state : { ...state, frames: state.frames.map((open) => ({ ...open })), visits: [...state.visits] };
      taken.probability *= chance;
      taken.visits.push({ rule, matched: true });
      const verdict = apply(taken, rule, context);
      if (verdict !== undefined) yield way(taken, verdict);
      else if (chance < 1) yield* follow(taken, context);
      if (chance === 1 && verdict !== undefined) return;
    }
    if (chance < 1) {
      state.probability *= 1 - chance;
      state.visits.push({ rule, matched: false });
    }
  }
  yield way(state, context.atEnd);
}

/** The chance that is left open: 0 or 1 where `choose` has settled it. */
function decide(chance: number, rule: Rule, state: State, { choose }: Context): number {
  if (chance === 0 || chance === 1 || choose === undefined) return chance;
  const taken = choose(chance, rule);
  state.probability *= taken ? chance : 1 - chance;
  return taken ? 1 : 0;
}

/** What a rule that matched does; undefined when the packet goes on. */
function apply(state: State, rule: Rule, { chains }: Context): WayVerdict | undefined {
  const { target } = partsOf(rule.tokens);
  if (target === undefined) return undefined;
  const to = (flag: string) => target.options.find((option) => option.flag === flag)?.values[0] ?? '';
  switch (target.name) {
    case 'LOG':
    case 'NFLOG':
      return undefined;
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'DROP':
      return { kind: 'drop' };
    case 'REJECT':
      return { kind: 'reject' };
    case 'MASQUERADE':
      return { kind: 'masquerade' };
    case 'DNAT':
      return { kind: 'dnat', to: to('--to-destination') };
    case 'SNAT':
      return { kind: 'snat', to: to('--to-source') };
    case 'RETURN':
      state.frames.pop();
      return undefined;
    case 'MARK': {
      const change = markTargetOf(rule);
      if (change === undefined) return { kind: 'unknown', rule, what: '-j MARK' };
      state.mark = ((state.mark & ~change.mask) ^ change.value) >>> 0;
      return undefined;
    }
    default: {
      const rules = chains.get(target.name);
      if (rules === undefined) return { kind: 'unknown', rule, what: `-j ${target.name}` };
      if (target.goto) state.frames.pop();
      if (state.frames.some((frame) => frame.rules === rules)) throw new Error(`the jumps of chain ${target.name} go in a circle`);
      state.frames.push({ rules, at: 0 });
      return undefined;
    }
  }
}

function way({ probability, visits, mark }: State, verdict: WayVerdict): Way {
  return { probability, visits, verdict, mark };
}
