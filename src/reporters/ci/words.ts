import type { Language } from '../../core/text.js';

/** What the reports for CI systems say of their own: JUnit, job summary, annotations. */
export interface CiWords {
  readonly expected: string;
  readonly seen: string;
  readonly hint: string;
  readonly failed: (reason: string) => string;
  readonly inconclusive: (why: string) => string;
  readonly turnsRed: (of: string, claim: string, reason: string) => string;
  readonly theRun: string;
  readonly brokeOff: string;
  readonly nothingJudged: string;
  readonly outcome: Readonly<Record<'pass' | 'failure' | 'error' | 'skipped', string>>;
  readonly on: (lab: string, cluster: string) => string;
  readonly leftOut: (cluster: string) => string;
  readonly headline: (good: number, all: number) => string;
  readonly columns: readonly string[];
  readonly caseColumns: readonly string[];
  readonly breaks: (proven: number, all: number) => string;
  readonly evidence: string;
  readonly folder: string;
  readonly everyClaim: (count: number) => string;
  readonly cut: (left: number) => string;
  readonly more: (count: number, names: string) => string;
}

const en: CiWords = {
  expected: 'expected',
  seen: 'seen',
  hint: 'what to do',
  failed: (reason) => `the claim does not hold: ${reason}`,
  inconclusive: (why) => `inconclusive: ${why}`,
  turnsRed: (of, claim, reason) => `${of} turns ${claim} red because of ${reason}`,
  theRun: 'the run comes to its end',
  brokeOff: 'the run broke off before its end',
  nothingJudged: 'no claim was judged',
  outcome: { pass: 'pass', failure: 'FAIL', error: 'error', skipped: 'skipped' },
  on: (lab, cluster) => `${lab} on ${cluster}`,
  leftOut: (cluster) => `not run on ${cluster}`,
  headline: (good, all) => `svclab: ${good} of ${all} ${all === 1 ? 'lab holds' : 'labs hold'}`,
  columns: ['', 'lab', 'cluster', 'pass', 'FAIL', 'error', 'skipped', 'breaks proven', 'seconds'],
  caseColumns: ['', 'step', 'claim'],
  breaks: (proven, all) => `${proven} of ${all}`,
  evidence: 'evidence',
  folder: 'folder',
  everyClaim: (count) => `every claim (${count})`,
  cut: (left) => `Cut off here, since a summary may not be longer: ${left} more parts are in the other reports and in the runs' folders.`,
  more: (count, names) => `${count} more: ${names}`,
};

const ko: CiWords = {
  expected: '예상',
  seen: '관찰',
  hint: '할 일',
  failed: (reason) => `주장이 성립하지 않는다: ${reason}`,
  inconclusive: (why) => `판정 불가: ${why}`,
  turnsRed: (of, claim, reason) => `${of} 고장을 내면 주장 ${claim}이(가) ${reason} 때문에 실패한다`,
  theRun: '실행이 끝까지 간다',
  brokeOff: '실행이 끝나기 전에 끊겼다',
  nothingJudged: '판정한 주장이 없다',
  outcome: { pass: '통과', failure: '실패', error: '오류', skipped: '건너뜀' },
  on: (lab, cluster) => `${lab} (${cluster})`,
  leftOut: (cluster) => `${cluster}에서 돌리지 않음`,
  headline: (good, all) => `svclab: 실습 ${all}개 중 ${good}개 성립`,
  columns: ['', '실습', '클러스터', '통과', '실패', '오류', '건너뜀', '입증된 고장', '초'],
  caseColumns: ['', '단계', '주장'],
  breaks: (proven, all) => `${all}개 중 ${proven}개`,
  evidence: '증거',
  folder: '폴더',
  everyClaim: (count) => `모든 주장 (${count}개)`,
  cut: (left) => `요약의 길이에 한도가 있어 여기서 줄였다. 나머지 ${left}개 부분은 다른 보고서와 실행 폴더에 있다.`,
  more: (count, names) => `그 밖에 ${count}개: ${names}`,
};

export const ciWords: Readonly<Record<Language, CiWords>> = { en, ko };
