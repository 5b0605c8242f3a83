import type { Verdict } from '../core/check.js';
import type { EvidenceView } from '../evidence/view.js';
import type { Scene } from '../scene/scene.js';
import type { Claim } from '../schema/lab.js';
import type { Judge } from './tools.js';

export interface ClaimVerdict {
  readonly claim: Claim;
  readonly verdict: Verdict;
  readonly attempt: number;
}

/**
 * The verdicts of one step over its attempts. A verdict that was given stays: only claims whose evidence was not sound are judged
 * again on the next attempt's evidence; and none is asked for where another attempt would show the same.
 */
export class StepVerdicts {
  readonly #claims: readonly Claim[];
  readonly #judge: Judge;
  readonly #falseAlarm: number;
  readonly #verdicts = new Map<string, ClaimVerdict>();

  constructor(claims: readonly Claim[], judge: Judge, falseAlarm: number) {
    this.#claims = claims;
    this.#judge = judge;
    this.#falseAlarm = falseAlarm;
  }

  /** Judges what is not decided yet. Returns why another attempt is needed, or undefined when every claim is decided. */
  consider(view: EvidenceView, scene: Scene, attempt: number): Verdict | undefined {
    for (const claim of this.#claims) {
      if (this.#undecided(claim))
        this.#verdicts.set(claim.id, { claim, verdict: this.#judge(claim, view, scene, this.#falseAlarm), attempt });
    }
    return this.all.find(({ verdict }) => isOpen(verdict))?.verdict;
  }

  get all(): readonly ClaimVerdict[] {
    return this.#claims.flatMap((claim) => this.#verdicts.get(claim.id) ?? []);
  }

  #undecided(claim: Claim): boolean {
    const known = this.#verdicts.get(claim.id);
    return known === undefined || isOpen(known.verdict);
  }
}

function isOpen(verdict: Verdict): boolean {
  return verdict.status === 'inconclusive' && verdict.lasting !== true;
}
