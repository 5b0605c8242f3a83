import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import { outcomeOf } from './responders.js';

/**
 * Whether a request met silence: it was refused or ran out of time (curl's exit codes 7 and 28). Something answered where HTTP came back, or where
 * a connection came about and was then cut (52, 55, 56). With any other exit code curl did not get as far as to ask.
 */
export function silenceOf({ exitCode, status }: Answer): 'silent' | 'answered' | 'not-asked' {
  if (exitCode === 0 || status !== 0 || [52, 55, 56].includes(exitCode)) return 'answered';
  return exitCode === 7 || exitCode === 28 ? 'silent' : 'not-asked';
}

/** Why nothing can be said of the silence of these requests, if it cannot. */
export function notAsked(answers: readonly Answer[]): Text | undefined {
  const first = answers.find((answer) => silenceOf(answer) === 'not-asked');
  if (first === undefined) return undefined;
  const outcome = outcomeOf(first);
  return { en: `curl did not come to ask: ${outcome.en}`, ko: `curl이 요청을 보내지도 못했습니다: ${outcome.ko}` };
}
