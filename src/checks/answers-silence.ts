import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import type { Finding } from './lab-check.js';
import { answered, outcomeOf } from './responders.js';
import { notAsked, silenceOf } from './silence.js';
import { plural } from './wording.js';

/** No request was answered, while those of the control were, every one. */
export function judgeSilence(answers: readonly Answer[], control: readonly Answer[]): Finding<'answered' | 'control'> {
  const expected: Text = { en: 'no request answered, while the control is', ko: '대조 요청은 응답받고 이 요청들은 응답이 없음' };
  const first = answers[0];
  if (first === undefined) {
    return { status: 'fail', reason: 'control', expected, seen: { en: 'no request was made', ko: '요청이 하나도 없음' } };
  }
  const loud = answers.find((answer) => silenceOf(answer) === 'answered');
  if (loud !== undefined) return { status: 'fail', reason: 'answered', expected, seen: outcomeOf(loud) };
  const why = notAsked(answers);
  if (why !== undefined) return { status: 'inconclusive', why, expected, seen: why };
  const good = answered(control).length;
  const outcome = outcomeOf(first);
  const seen: Text = {
    en: `${plural(answers.length, 'request')} without an answer, ${good} of ${control.length} of the control answered; ${outcome.en}`,
    ko: `응답 없는 요청 ${answers.length}개, 대조 요청 ${control.length}개 중 ${good}개 응답. ${outcome.ko}`,
  };
  if (control.length === 0 || good < control.length) return { status: 'fail', reason: 'control', expected, seen };
  return { status: 'pass', expected, seen };
}
