import type { Verdict } from '../core/check.js';
import type { ExitCode } from '../core/errors.js';
import type { BreakOutcome, Phase } from '../core/events.js';
import type { Language } from '../core/text.js';

/** The console's own words. What labs, checks and clusters say comes to it in both languages already. */
export interface Words {
  readonly verdict: Readonly<Record<Verdict['status'], string>>;
  readonly outcome: Readonly<Record<BreakOutcome['status'], string>>;
  readonly phase: Readonly<Record<Phase, string>>;
  readonly exit: Readonly<Record<ExitCode, string>>;
  readonly expected: string;
  readonly seen: string;
  readonly reason: string;
  readonly why: string;
  readonly evidence: string;
  readonly lab: string;
  readonly changed: string;
  readonly place: string;
  readonly link: string;
  readonly way: string;
  readonly direction: Readonly<Record<'in' | 'out', string>>;
  readonly source: string;
  readonly destination: string;
  readonly time: string;
  readonly duration: string;
  readonly ofExpected: (share: string) => string;
  readonly barMark: (mark: string) => string;
  readonly warning: string;
  readonly error: string;
  readonly hint: string;
  readonly cluster: (kind: string) => string;
  readonly requests: (count: number) => string;
  readonly claims: (count: number) => string;
  readonly again: (attempt: number) => string;
  readonly sabotage: string;
  readonly sabotageText: string;
  readonly proven: (claim: string, reason: string) => string;
  readonly wanted: (claim: string, reason: string) => string;
  readonly wantedLabel: string;
  readonly redBecauseOf: (reason: string) => string;
  readonly stayed: (status: Exclude<Verdict['status'], 'fail'>) => string;
  readonly result: string;
  readonly notAllJudged: (judged: number, claims: number) => string;
  readonly stoppedEarly: string;
  readonly breaksProven: (proven: number, all: number) => string;
  readonly folder: string;
  readonly rejudge: string;
  readonly wireshark: string;
  readonly prove: string;
  readonly enter: string;
  readonly end: string;
  readonly exitLabel: string;
  readonly skipsOnly: string;
  readonly leftOut: (labs: string, cluster: string) => string;
}

const en: Words = {
  verdict: { pass: 'pass', fail: 'FAIL', inconclusive: 'inconclusive', skip: 'skip' },
  outcome: { proven: 'proven', 'not-proven': 'NOT PROVEN', inconclusive: 'inconclusive' },
  phase: { cluster: 'cluster', workloads: 'workloads', steps: 'steps', sabotage: 'sabotage', cleanup: 'cleanup' },
  exit: {
    0: 'every claim holds',
    1: 'a claim failed, or a break did not turn its claim red',
    2: 'wrong usage, or a fault in a lab file',
    3: 'this machine lacks something, or a claim was skipped',
    4: 'the environment failed, or the evidence is inconclusive',
    130: 'interrupted (Ctrl-C)',
    143: 'terminated (SIGTERM)',
  },
  expected: 'expected',
  seen: 'seen',
  reason: 'reason',
  why: 'why',
  evidence: 'evidence',
  lab: 'lab',
  changed: 'changed',
  place: 'place',
  link: 'link',
  way: 'way',
  direction: { in: 'in', out: 'out' },
  source: 'source',
  destination: 'destination',
  time: 'time',
  duration: 'time',
  ofExpected: (share) => `expected ${share}`,
  barMark: (mark) => `${mark} marks the expected share`,
  warning: 'warning',
  error: 'error',
  hint: 'hint',
  cluster: (kind) => `cluster ${kind}`,
  requests: (count) => `${count} ${count === 1 ? 'request' : 'requests'}`,
  claims: (count) => `${count} ${count === 1 ? 'claim' : 'claims'}`,
  again: (attempt) => `taken again, attempt ${attempt}`,
  sabotage: 'sabotage',
  sabotageText: 'Each break must turn its claim red for the reason that it names; undone, the claim must be green again.',
  proven: (claim, reason) => `claim ${claim} turned red because of ${reason}, and green again`,
  wanted: (claim, reason) => `claim ${claim} red because of ${reason}`,
  wantedLabel: 'wanted',
  redBecauseOf: (reason) => `red because of ${reason}`,
  stayed: (status) => ({ pass: 'still green', inconclusive: 'inconclusive', skip: 'skipped' })[status],
  result: 'result',
  notAllJudged: (judged, claims) => `${judged} of ${claims} claims were judged`,
  stoppedEarly: 'the run stopped early',
  breaksProven: (proven, all) => `${proven} of ${all} ${all === 1 ? 'break' : 'breaks'} proven`,
  folder: 'folder',
  rejudge: 'judge the stored evidence again, without a cluster',
  wireshark: 'see the packets yourself',
  prove: 'break the cluster on purpose: is every claim able to fail?',
  enter: 'enter the cluster, which was left running',
  end: 'end it',
  exitLabel: 'exit',
  skipsOnly: 'no claim failed; what was skipped is not proven',
  leftOut: (labs, cluster) => `not run on ${cluster}: ${labs}`,
};

const ko: Words = {
  verdict: { pass: '통과', fail: '실패', inconclusive: '판정 불가', skip: '건너뜀' },
  outcome: { proven: '입증', 'not-proven': '입증 실패', inconclusive: '판정 불가' },
  phase: { cluster: '클러스터', workloads: '워크로드', steps: '단계', sabotage: '사보타주', cleanup: '정리' },
  exit: {
    0: '모든 주장이 성립한다',
    1: '실패한 주장이 있거나, 고장을 내도 주장이 실패하지 않았다',
    2: '사용법이 틀렸거나 실습 파일에 잘못이 있다',
    3: '이 컴퓨터에 없는 것이 있거나, 건너뛴 주장이 있다',
    4: '환경에 문제가 생겼거나, 증거로 판정할 수 없다',
    130: '중단됨 (Ctrl-C)',
    143: '종료 요청을 받음 (SIGTERM)',
  },
  expected: '예상',
  seen: '관찰',
  reason: '원인',
  why: '이유',
  evidence: '증거',
  lab: '실습',
  changed: '바뀜',
  place: '위치',
  link: '링크',
  way: '방향',
  direction: { in: '들어옴', out: '나감' },
  source: '출발지',
  destination: '목적지',
  time: '시각',
  duration: '걸린 시간',
  ofExpected: (share) => `예상 ${share}`,
  barMark: (mark) => `${mark} 표시는 예상 몫`,
  warning: '경고',
  error: '오류',
  hint: '도움말',
  cluster: (kind) => `클러스터 ${kind}`,
  requests: (count) => `요청 ${count}개`,
  claims: (count) => `주장 ${count}개`,
  again: (attempt) => `다시 수행, ${attempt}번째 시도`,
  sabotage: '사보타주',
  sabotageText: '고장을 하나씩 낸다. 그때마다 주장은 정해진 원인으로 실패해야 하고, 되돌리면 다시 통과해야 한다.',
  proven: (claim, reason) => `주장 ${claim}: ${reason} 때문에 실패했다가, 되돌리자 다시 통과`,
  wanted: (claim, reason) => `주장 ${claim}: ${reason} 때문에 실패`,
  wantedLabel: '기대',
  redBecauseOf: (reason) => `${reason} 때문에 실패`,
  stayed: (status) => ({ pass: '여전히 통과', inconclusive: '판정 불가', skip: '건너뜀' })[status],
  result: '결과',
  notAllJudged: (judged, claims) => `주장 ${claims}개 가운데 ${judged}개만 판정했다`,
  stoppedEarly: '실행이 도중에 멈췄다',
  breaksProven: (proven, all) => `고장 ${all}개 중 ${proven}개 입증`,
  folder: '폴더',
  rejudge: '클러스터 없이, 저장된 증거로 다시 판정한다',
  wireshark: '패킷을 직접 본다',
  prove: '일부러 고장을 내서, 주장이 실패할 수 있는지 확인한다',
  enter: '남겨 둔 클러스터에 들어간다',
  end: '그 클러스터를 끝낸다',
  exitLabel: '종료 코드',
  skipsOnly: '실패한 주장은 없다. 건너뛴 것은 증명되지 않았다',
  leftOut: (labs, cluster) => `${cluster}에서 돌리지 않은 실습: ${labs}`,
};

export const words: Readonly<Record<Language, Words>> = { en, ko };
