import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { UsageError } from '../core/errors.js';
import type { Text } from '../core/text.js';
import { UnsoundEvidence } from '../evidence/unsound.js';
import type { Backend } from '../scene/scene.js';
import { steadyCascade } from './cascade.js';
import { type Share, sharesOfCascade, stepsOf } from './cascade-shares.js';
import { countedPlaces } from './counted.js';
import { defineCheck } from './lab-check.js';
import { answersOption, objects, placesOption, rulesOption, serviceOption } from './options.js';
import { countByPod, outcomeOf, responderOf } from './responders.js';
import { type CascadeFit, cascadeFit } from './statistics/cascade-fit.js';
import { minimumRequests } from './statistics/minimum-requests.js';

const optionsSchema = z.strictObject({
  on: placesOption("the connections were given to pods: one node, the client's"),
  service: serviceOption,
  rules: rulesOption,
  answers: answersOption,
});

/**
 * Whether the answers are spread as the live rules say: an exact test at each rule, with this claim's share of the run's false alarms. Too few
 * requests to show even the plainest fault are inconclusive, never a pass. One endpoint gets them all, which is no matter of chance.
 */
export const fitsCascadeCheck = defineCheck({
  kind: 'fits-cascade',
  optionsSchema,
  reasons: ['unknown-responder', 'distribution'],
  statistical: true,
  observations: ({ rules, answers }) => [rules, answers, objects],
  judge({ options, evidence: { view, scene }, falseAlarm }) {
    const { chain } = scene.service(options.service);
    const { answers } = view.answers(options.answers);
    const [counted, other] = countedPlaces(view, options.rules, scene.places(options.on));
    if (counted === undefined || other !== undefined) throw new UsageError(`'${options.on}' is not one place`);
    const shares = knownShares(sharesOfCascade(steadyCascade(counted, chain)), chain);
    const backends = inOrder(scene.backends(options.service), shares);
    const n = answers.length;
    const expected = expectedOf(backends, shares, n);

    const stranger = answers.find((answer) => responderOf(answer, backends) === undefined);
    if (stranger !== undefined) return { status: 'fail', reason: 'unknown-responder', expected, seen: outcomeOf(stranger) };
    const counts = countByPod(answers, backends);
    const seen = countsText(backends, counts);
    // With one endpoint nothing is left to chance: that each answer is its own was seen above, and no number of requests is too small.
    if (backends.length === 1 && n > 0) return { status: 'pass', expected, seen };
    if (backends.length === 1) return { status: 'inconclusive', why: nothingAsked, expected, seen };
    const probabilities = stepsOf(shares);
    const smallest = minimumRequests(probabilities, falseAlarm);
    if (n < smallest) {
      const why = {
        en: `${n} requests can never show a fault; ${smallest} can`,
        ko: `요청 ${n}개로는 잘못이 있어도 드러나지 않습니다. ${smallest}개부터 가능합니다`,
      };
      return { status: 'inconclusive', why, lasting: true, expected, seen };
    }
    const fit = cascadeFit({ counts, probabilities, alpha: falseAlarm });
    const detail: Detail = {
      kind: 'distribution',
      rows: backends.map(({ name }, i) => ({ label: name, count: counts[i] ?? 0, share: shares[i]?.share ?? 0 })),
      note: noteOf(fit, n),
    };
    if (!fit.fits) return { status: 'fail', reason: 'distribution', expected, seen, details: [detail] };
    return { status: 'pass', expected, seen, details: [detail] };
  },
});

const nothingAsked: Text = { en: 'no request was made', ko: '요청이 하나도 없습니다' };

/** Each endpoint has a chance. */
function knownShares(shares: readonly Share[] | undefined, chain: string): readonly Share[] {
  if (shares !== undefined && shares.length > 0 && shares.every(({ share }) => share > 0)) return shares;
  const why = {
    en: `chain ${chain} does not give every connection to an endpoint, so there is nothing to test`,
    ko: `${chain} 체인이 모든 연결을 엔드포인트에 넘기지 않아 시험할 것이 없습니다`,
  };
  // The rules were the same before and after.
  throw new UnsoundEvidence(why, { lasting: true });
}

/** The ready endpoints in the order of the rules. */
function inOrder(backends: readonly Backend[], shares: readonly Share[]): readonly Backend[] {
  return shares.map(({ destination }) => {
    const backend = backends.find(({ address, port }) => `${address}:${port}` === destination);
    if (backend !== undefined) return backend;
    throw new UnsoundEvidence({
      en: `the rules lead to ${destination}, which is no ready endpoint`,
      ko: `규칙이 준비된 엔드포인트가 아닌 ${destination}로 이어집니다`,
    });
  });
}

function expectedOf(backends: readonly Backend[], shares: readonly Share[], n: number): Text {
  const parts = backends.map(({ name }, i) => `${name} ${((shares[i]?.share ?? 0) * 100).toFixed(1)} %`).join(', ');
  return { en: `${n} answers spread as the rules say: ${parts}`, ko: `응답 ${n}개가 규칙대로 나뉨: ${parts}` };
}

function countsText(backends: readonly Backend[], counts: readonly number[]): Text {
  const parts = backends.map(({ name }, i) => `${name} ${counts[i]}`).join(', ');
  return { en: parts, ko: parts };
}

function noteOf({ pValues, alphaPerStep, smallestDetectable }: CascadeFit, n: number): Text {
  const p = pValues.map((value) => value.toPrecision(2)).join(', ');
  const limit = alphaPerStep.toPrecision(2);
  const points = (smallestDetectable * 100).toFixed(1);
  return {
    en: `n = ${n}; p = ${p}, each to be at least ${limit}; a share ${points} points above its own would have been shown with 99 % power`,
    ko: `n = ${n}, p = ${p}(각각 ${limit} 이상이어야 함). 어느 파드의 몫이 제 몫보다 ${points}%p 많았다면 99 % 확률로 드러났을 것`,
  };
}
