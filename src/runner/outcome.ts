import type { Verdict } from '../core/check.js';
import { type ExitCode, exitCodes, type SvclabError } from '../core/errors.js';
import type { BreakOutcome, Totals } from '../core/events.js';
import type { Text } from '../core/text.js';
import type { Claim } from '../schema/lab.js';

interface JudgedClaim {
  readonly step: string;
  readonly claim: string;
  readonly verdict: Verdict;
  readonly attempt: number;
}

/** What a run has come to so far. */
export class Outcome {
  readonly #claims: JudgedClaim[] = [];
  readonly #breaks: BreakOutcome[] = [];

  addClaim(step: string, claim: Claim, verdict: Verdict, attempt: number): void {
    this.#claims.push({ step, claim: claim.id, verdict, attempt });
  }

  addBreak(outcome: BreakOutcome): void {
    this.#breaks.push(outcome);
  }

  statusOf(claim: string): Verdict['status'] | undefined {
    return this.#claims.find((judged) => judged.claim === claim)?.verdict.status;
  }

  get totals(): Totals {
    const count = (status: Verdict['status']): number => this.#claims.filter(({ verdict }) => verdict.status === status).length;
    return { pass: count('pass'), fail: count('fail'), inconclusive: count('inconclusive'), skip: count('skip') };
  }

  get breaks(): { readonly proven: number; readonly notProven: number; readonly inconclusive: number } {
    const count = (status: BreakOutcome['status']): number => this.#breaks.filter((outcome) => outcome.status === status).length;
    return { proven: count('proven'), notProven: count('not-proven'), inconclusive: count('inconclusive') };
  }

  /** The first that applies: interrupted, wrong usage, something lacking or skipped, a failure, an unsound environment. */
  exitCode(error: SvclabError | undefined, allowSkip: boolean): ExitCode {
    const { fail, inconclusive } = this.totals;
    const { notProven, inconclusive: unproven } = this.breaks;
    if (error !== undefined && error.exitCode !== exitCodes.environment) return error.exitCode;
    if (this.#claims.some(({ verdict }) => verdict.status === 'skip' && !verdict.optional) && !allowSkip) return exitCodes.unmet;
    if (fail > 0 || notProven > 0) return exitCodes.failed;
    if (error !== undefined || inconclusive > 0 || unproven > 0) return exitCodes.environment;
    return exitCodes.ok;
  }

  /** For the run's manifest. */
  record(): unknown {
    return {
      claims: this.#claims.map(({ step, claim, verdict, attempt }) => ({
        step,
        claim,
        attempt,
        status: verdict.status,
        ...reasonOf(verdict),
      })),
      breaks: this.#breaks.map(({ step, claim, break: id, becauseOf, status }) => ({ step, claim, break: id, becauseOf, status })),
    };
  }
}

function reasonOf(verdict: Verdict): { readonly reason?: string; readonly why?: Text; readonly optional?: boolean } {
  if (verdict.status === 'skip') return { why: verdict.why, optional: verdict.optional };
  return verdict.status === 'fail' ? { reason: verdict.reason } : {};
}
