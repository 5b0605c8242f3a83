import type { Text } from '../core/text.js';
import type { Rule } from './model.js';
import { tableOf } from './model.js';
import type { Reading } from './reading.js';

/** Picks rules of a table. */
export type RuleSelector = (rule: Rule) => boolean;

/** What a rule counted between two readings. `rule` is as the second reading shows it. */
export interface RuleDelta {
  readonly rule: Rule;
  readonly packets: number;
  readonly bytes: number;
}

/** `rules` is empty when the selector picked none: then `packets` is 0 and proves nothing. */
export type Delta =
  | { readonly sound: true; readonly packets: number; readonly bytes: number; readonly rules: readonly RuleDelta[] }
  | { readonly sound: false; readonly why: Text };

/**
 * How much the selected rules counted from one reading to the other. A difference counts only between two states of one object: the same table,
 * chain, handle and arguments in both. kube-proxy's syncs write rules anew with counters of zero, so anything else is unsound, never a number.
 */
export function counterDelta(before: Reading, after: Reading, table: string, select: RuleSelector): Delta {
  if (!before.sound) return before;
  if (!after.sound) return after;
  if (before.tableHandles.get(table) !== after.tableHandles.get(table)) {
    return unsound(`table ${table} was made anew between the two readings`, `두 번의 측정 사이에 ${table} 테이블이 새로 만들어졌습니다`);
  }
  const old = selected(before, table, select);
  const now = selected(after, table, select);
  const oldByHandle = new Map(old.map((rule) => [rule.handle, rule]));
  const nowHandles = new Set(now.map(({ handle }) => handle));

  const gone = old.find(({ handle }) => !nowHandles.has(handle));
  if (gone !== undefined) return rewritten(table, gone);
  const rules: RuleDelta[] = [];
  for (const rule of now) {
    const earlier = oldByHandle.get(rule.handle);
    if (earlier?.counters === undefined || rule.counters === undefined || !sameRule(earlier, rule)) return rewritten(table, rule);
    const packets = rule.counters.packets - earlier.counters.packets;
    const bytes = rule.counters.bytes - earlier.counters.bytes;
    if (packets < 0 || bytes < 0) return wentBack(table, rule, earlier.counters.packets, rule.counters.packets);
    rules.push({ rule, packets, bytes });
  }
  const sum = (pick: (delta: RuleDelta) => number) => rules.reduce((total, delta) => total + pick(delta), 0);
  return { sound: true, packets: sum(({ packets }) => packets), bytes: sum(({ bytes }) => bytes), rules };
}

/** Selects the very rules of an earlier reading, by their handles. */
export function theseRules(rules: readonly Rule[]): RuleSelector {
  const handles = new Set(rules.map(({ handle }) => handle));
  return ({ handle }) => handle !== undefined && handles.has(handle);
}

function selected(reading: Extract<Reading, { sound: true }>, table: string, select: RuleSelector): readonly Rule[] {
  return (tableOf(reading.ruleset, table)?.chains ?? []).flatMap(({ rules }) => rules).filter(select);
}

function sameRule(a: Rule, b: Rule): boolean {
  return a.handle !== undefined && a.handle === b.handle && a.chain === b.chain && a.spec === b.spec;
}

function rewritten(table: string, rule: Rule): Delta {
  return unsound(
    `a rule of chain ${rule.chain} (table ${table}) was rewritten between the two readings, which sets its counter to zero: -A ${rule.chain} ${rule.spec}`,
    `두 번의 측정 사이에 ${table} 테이블 ${rule.chain} 체인의 규칙이 다시 쓰여 카운터가 0으로 초기화되었습니다: -A ${rule.chain} ${rule.spec}`,
  );
}

function wentBack(table: string, rule: Rule, from: number, to: number): Delta {
  return unsound(
    `a counter of chain ${rule.chain} (table ${table}) went back from ${from} to ${to} packets: something set it to zero`,
    `${table} 테이블 ${rule.chain} 체인의 카운터가 ${from}패킷에서 ${to}패킷으로 줄었습니다. 측정 중에 카운터가 초기화되었습니다`,
  );
}

function unsound(en: string, ko: string): Delta {
  return { sound: false, why: { en, ko } };
}
