import type { Step } from '../schema/lab.js';
import type { Outcome } from './outcome.js';
import type { ClaimVerdict } from './step-verdicts.js';
import type { Emit } from './tools.js';

/** Takes a step's final verdicts down and tells the reporters. */
export function reportStep(step: Step, verdicts: readonly ClaimVerdict[], begun: number, outcome: Outcome, emit: Emit): void {
  const inOrder = step.claims.flatMap(({ id }) => verdicts.find(({ claim }) => claim.id === id) ?? []);
  for (const { claim, verdict, attempt } of inOrder) {
    const { id, says, check, source } = claim;
    outcome.addClaim(step.id, claim, verdict, attempt);
    emit({ type: 'claim-judged', step: step.id, claim: id, says, check, verdict, attempt, source });
  }
  emit({ type: 'step-ended', step: step.id, durationMs: performance.now() - begun });
}
