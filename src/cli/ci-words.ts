import type { Language, Text } from '../core/text.js';

/** What `svclab ci` says of its own. */
interface CiCommandWords {
  readonly lacking: (kind: string) => string;
  readonly reports: (folder: string) => string;
}

const en: CiCommandWords = {
  lacking: (kind) => `no lab is run on ${kind}: this machine cannot run it (above)`,
  reports: (folder) => `the reports are in ${folder}`,
};

const ko: CiCommandWords = {
  lacking: (kind) => `${kind}에서는 실습을 돌리지 않습니다. 이 컴퓨터에서 띄울 수 없습니다 (위 참고)`,
  reports: (folder) => `보고서는 ${folder}에 있습니다`,
};

export const ciCommandWords: Readonly<Record<Language, CiCommandWords>> = { en, ko };

/** Why a kind of cluster is left out, for the reports. */
export function cannotRunHere(what: string): Text {
  return { en: `this machine cannot run it: ${what}`, ko: `이 컴퓨터에서 띄울 수 없다: ${what}` };
}
