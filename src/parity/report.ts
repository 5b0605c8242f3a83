import { type Language, same, type Text } from '../core/text.js';
import type { Difference } from './difference.js';
import type { ParityResult, SetResult } from './run-parity.js';

/** Of each set, so that one cause in many places does not hide another set; `--json` has them all. */
const shownDifferences = 30;

/** For people. */
export function parityText(result: ParityResult, language: Language): string {
  const words = (text: Text): string => text[language];
  const width = Math.max(...result.sets.map(({ name }) => name.length));
  const lines = [
    words({ en: `${result.sides[0]} and ${result.sides[1]}, side by side`, ko: `${result.sides[0]}와 ${result.sides[1]} 비교` }),
    '',
    ...result.sets.flatMap((set) => [`  ${set.name.padEnd(width)}  ${words(summary(set))}`]),
    ...result.sets.flatMap((set) => (set.differences.length === 0 ? [] : ['', ...details(set, words)])),
    '',
    words({ en: 'allowed differences, and how often each was met', ko: '허용된 차이와 발견된 횟수' }),
    ...result.allowed.map(({ id, met, reason }) => `  ${String(met).padStart(5)}  ${id}: ${words(reason)}`),
    '',
    words({ en: `readings: ${result.folder}`, ko: `읽은 내용: ${result.folder}` }),
  ];
  return `${lines.join('\n')}\n`;
}

/** For programs: both languages, every difference. */
export function parityJson(result: ParityResult): string {
  const document = {
    format: 'svclab-parity/v1',
    ...result,
    sets: result.sets.map(({ met, ...set }) => ({ ...set, allowedMet: Object.fromEntries(met) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function summary({ nodes, services, pods, requests, differences }: SetResult): Text {
  const count = differences.length;
  const some = (number: number, what: string): string => `${number === 0 ? 'no' : number} ${what}${number > 1 ? 's' : ''}`;
  return {
    en: `${some(nodes, 'node')}, ${some(services, 'Service')}, ${some(pods, 'pod')}, ${some(requests, 'request')}: ${some(count, 'difference')}`,
    ko: `노드 ${nodes}개, 서비스 ${services}개, 파드 ${pods}개, 요청 ${requests}개: ${count === 0 ? '차이 없음' : `차이 ${count}개`}`,
  };
}

function details({ name, differences, reproducedBy }: SetResult, words: (text: Text) => string): readonly string[] {
  const shown = differences.slice(0, shownDifferences);
  const more = differences.length - shown.length;
  return [
    `${name}:`,
    ...shown.flatMap((difference, i) => [
      ...(sameHeading(difference, shown[i - 1]) ? [] : [heading(difference)]),
      `    ${words(only(difference))}`,
    ]),
    ...(more > 0
      ? [`  ${words({ en: `and ${more} more: --json shows them all`, ko: `그 밖에 ${more}개: --json으로 모두 볼 수 있다` })}`]
      : []),
    ...(reproducedBy === undefined
      ? []
      : [
          `  ${words({ en: 'these Services differ by themselves', ko: '이 서비스만으로도 차이가 난다' })}: ${reproducedBy.map((one) => one.name).join(', ')}`,
          ...reproducedBy.slice(0, 3).flatMap(({ manifest }) =>
            manifest
              .trimEnd()
              .split('\n')
              .map((line) => `    ${line}`),
          ),
        ]),
  ];
}

function heading({ place, section, between }: Difference): string {
  return `  ${place}  ${section}  (${between.join(', ')})`;
}

function sameHeading(one: Difference, other: Difference | undefined): boolean {
  return other !== undefined && heading(one) === heading(other);
}

function only({ only: side, line }: Difference): Text {
  if (side === 'order') return { en: `another order: ${line}`, ko: `순서가 다름: ${line}` };
  return same(`${side}: ${line}`);
}
