import { cascadePValues } from './cascade-p-values.js';
import { smallestDetectable } from './detectable.js';
import { minimumRequests } from './minimum-requests.js';

export interface CascadeFitInput {
  /** New connections for each backend, in the order of the cascade's rules: at least two. */
  readonly counts: readonly number[];
  /** The probability of each rule but the last, which takes whatever gets there: one less than `counts`, each between 0 and 1. */
  readonly probabilities: readonly number[];
  /** How often this whole test may be wrong about a cascade that works: 0 to 1. */
  readonly alpha: number;
}

export interface CascadeFit {
  /** One for each rule but the last: how probable an outcome this far off is, or farther, when the rule works. */
  readonly pValues: readonly number[];
  readonly alphaPerStep: number;
  /** Whether no p-value is under `alphaPerStep`. */
  readonly fits: boolean;
  /** A share this much above its own, for whichever backend, would have been shown with 99 % power. */
  readonly smallestDetectable: number;
}

/**
 * Do the counts fit a cascade of rules, as kube-proxy writes it (pkg/proxy/iptables/proxier.go, writeServiceToEndpointRules: rule k of n has the
 * probability 1/(n-k+1), the last has none)? Whatever way a connection took, rule k saw exactly the connections that no rule before it took.
 * Given that number, what rule k took is binomial, so each rule is judged by its own exact test, and no rule's luck spoils another's
 * test. A working cascade is called broken at any of n-1 steps with at most alpha in all (Bonferroni: alpha/(n-1) a step, whatever hangs
 * together). A rule that was never reached has p = 1.
 * @throws RangeError for input that makes no sense, and for fewer requests than `minimumRequests`: such a test could not fail.
 */
export function cascadeFit({ counts, probabilities, alpha }: CascadeFitInput): CascadeFit {
  if (counts.length !== probabilities.length + 1)
    throw new RangeError(`${counts.length} counts for ${probabilities.length} rules and a last one`);
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) throw new RangeError('counts are whole numbers from 0');
  const requests = counts.reduce((sum, count) => sum + count, 0);
  const minimum = minimumRequests(probabilities, alpha);
  if (requests < minimum) throw new RangeError(`${requests} requests cannot show a fault at this alpha; ${minimum} can`);

  const alphaPerStep = alpha / probabilities.length;
  const pValues = cascadePValues(counts, probabilities);
  return {
    pValues,
    alphaPerStep,
    fits: pValues.every((pValue) => pValue >= alphaPerStep),
    smallestDetectable: smallestDetectable({ requests, probabilities, alphaPerStep }),
  };
}
