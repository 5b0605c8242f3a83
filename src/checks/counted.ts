import type { Place } from '../core/executor.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import type { EvidenceView, Reading as Texts } from '../evidence/view.js';
import { counterDelta, type RuleDelta } from '../proxy/delta.js';
import type { Rule, Ruleset } from '../proxy/model.js';
import { type Reading, readCounters } from '../proxy/reading.js';
import { atPlaces } from './at-places.js';

/** One place's rules before and after what was done there. */
export interface CountedPlace {
  readonly place: Place;
  readonly before: Ruleset;
  readonly after: Ruleset;
  /**
   * What the picked rules of a table counted in between, in the order in which they were picked.
   * @throws UnsoundEvidence where a rule that is picked is not the same object in both readings.
   */
  moved(table: string, pick: (ruleset: Ruleset) => readonly Rule[]): readonly RuleDelta[];
}

/** @throws UnsoundEvidence where a reading is missing, cannot be read, or cannot tell whether a rule was written anew. */
export function countedPlaces(
  view: EvidenceView,
  observation: string,
  places: readonly Place[],
  between?: readonly [string, string],
): readonly CountedPlace[] {
  return atPlaces(view.readings(observation, between), places, observation).map((readings) => {
    const before = soundReading(readings.before, readings.place);
    const after = soundReading(readings.after, readings.place);
    return {
      place: readings.place,
      before: before.ruleset,
      after: after.ruleset,
      moved: (table, pick) => {
        const now = pick(after.ruleset);
        const picked = new Set([...pick(before.ruleset), ...now]);
        const delta = counterDelta(before, after, table, (rule) => picked.has(rule));
        if (!delta.sound) throw new UnsoundEvidence(delta.why);
        return delta.rules.toSorted((a, b) => now.indexOf(a.rule) - now.indexOf(b.rule));
      },
    };
  });
}

/** Packets of all the rules together. */
export function packetsOf(deltas: readonly RuleDelta[]): number {
  return deltas.reduce((sum, { packets }) => sum + packets, 0);
}

function soundReading({ save, nft }: Texts, place: Place): Extract<Reading, { sound: true }> {
  if (nft === undefined) {
    throw new UnsoundEvidence({
      en: `there are no rule handles of ${place}, so nothing tells whether a rule was written anew`,
      ko: `${place}의 규칙 핸들이 없어 규칙이 다시 쓰였는지 알 수 없습니다`,
    });
  }
  const reading = readCounters(save, nft);
  if (!reading.sound) throw new UnsoundEvidence(reading.why);
  return reading;
}
