import type { Verdict } from '../core/check.js';
import type { Text } from '../core/text.js';
import type { Step } from '../schema/lab.js';
import { isFor } from './is-for.js';
import type { ClaimVerdict } from './step-verdicts.js';

/** The verdict on a claim that could not be tried. */
export function skipped(why: Text, optional: boolean): Verdict {
  return { status: 'skip', why, optional, expected: { en: 'a cluster that has it', ko: '그것이 있는 클러스터' }, seen: why, evidence: [] };
}

/** The step's claims about other kinds of cluster: the lab does without them here. */
export function claimsElsewhere(step: Step, provider: string): readonly ClaimVerdict[] {
  return step.claims
    .filter(({ clusters }) => !isFor(clusters, provider))
    .map((claim) => {
      const where = (claim.clusters ?? []).join(', ');
      return { claim, verdict: skipped({ en: `only on ${where}`, ko: `${where}에서만 확인할 수 있습니다` }, true), attempt: 1 };
    });
}
