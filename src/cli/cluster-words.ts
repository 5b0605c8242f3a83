import type { Language } from '../core/text.js';

/** What the commands about clusters say: `up`, `down`, `status`, `doctor`. */
interface ClusterWords {
  readonly kinds: Readonly<Record<string, string>>;
  readonly canRun: (kind: string) => string;
  readonly cannotRun: (kind: string) => string;
  readonly finding: Readonly<Record<'ok' | 'warning' | 'missing', string>>;
  readonly state: Readonly<Record<'running' | 'stopped' | 'broken', string>>;
  readonly isUp: (name: string, kind: string) => string;
  readonly wasUp: (name: string, kind: string) => string;
  readonly nothingApplied: (lab: string) => string;
  readonly freshMakesNew: string;
  readonly applied: (lab: string) => string;
  readonly empty: string;
  readonly ended: (what: string) => string;
  readonly ending: string;
  readonly nothingToEnd: string;
  readonly none: string;
  readonly anothers: string;
  readonly cannotTell: (why: string) => string;
  readonly logsIn: (folder: string) => string;
  readonly enter: string;
  readonly end: string;
  readonly endsToo: (command: string) => string;
  readonly node: string;
  readonly stateColumn: string;
  readonly address: string;
}

const en: ClusterWords = {
  kinds: { netns: 'the embedded cluster', kind: 'a real cluster' },
  canRun: (kind) => `${kind} can run here`,
  cannotRun: (kind) => `${kind} cannot run here`,
  finding: { ok: 'ok', warning: 'warning', missing: 'missing' },
  state: { running: 'running', stopped: 'stopped', broken: 'broken: parts of it have ended' },
  isUp: (name, kind) => `the cluster ${name} is up (${kind})`,
  wasUp: (name, kind) => `the cluster ${name} was up already (${kind}), and is as it was`,
  nothingApplied: (lab) => `the manifests of ${lab} were not applied to it`,
  freshMakesNew: '--fresh ends it and makes a new one',
  applied: (lab) => `the workloads of the lab ${lab} are ready in it`,
  empty: 'no workloads: a lab named behind `up` brings its own',
  ending: 'the cluster is being ended; one more Ctrl-C leaves it behind',
  ended: (what) => `ended: ${what}`,
  nothingToEnd: 'no cluster of svclab is there: nothing to end',
  none: 'no cluster is there',
  anothers: 'svclab did not make it, and leaves it alone',
  cannotTell: (why) => `cannot tell: ${why}`,
  logsIn: (folder) => `what the nodes logged is in ${folder}`,
  enter: 'enter it',
  end: 'end it',
  endsToo: (command) => `end it (so does \`${command}\`)`,
  node: 'node',
  stateColumn: 'state',
  address: 'address',
};

const ko: ClusterWords = {
  kinds: { netns: '내장 클러스터', kind: '실제 클러스터' },
  canRun: (kind) => `${kind}를 띄울 수 있습니다`,
  cannotRun: (kind) => `${kind}를 띄울 수 없습니다`,
  finding: { ok: '정상', warning: '주의', missing: '부족' },
  state: { running: '실행 중', stopped: '멈춤', broken: '고장: 일부가 끝났습니다' },
  isUp: (name, kind) => `클러스터 ${name}이(가) 떠 있습니다 (${kind})`,
  wasUp: (name, kind) => `클러스터 ${name}은(는) 이미 떠 있습니다 (${kind}). 그대로 두었습니다`,
  nothingApplied: (lab) => `${lab}의 매니페스트는 적용하지 않았습니다`,
  freshMakesNew: '--fresh를 주면 끝내고 새로 만듭니다',
  applied: (lab) => `실습 ${lab}의 워크로드가 준비되었습니다`,
  empty: '워크로드는 없습니다. `up` 뒤에 실습을 적으면 그 워크로드까지 띄웁니다',
  ending: '클러스터를 끝내는 중입니다. Ctrl-C를 한 번 더 누르면 남겨 둡니다',
  ended: (what) => `끝냈습니다: ${what}`,
  nothingToEnd: 'svclab의 클러스터가 없습니다. 끝낼 것이 없습니다',
  none: '떠 있는 클러스터가 없습니다',
  anothers: 'svclab이 만든 것이 아니므로 건드리지 않습니다',
  cannotTell: (why) => `알 수 없습니다: ${why}`,
  logsIn: (folder) => `노드의 로그는 ${folder}에 있습니다`,
  enter: '들어간다',
  end: '끝낸다',
  endsToo: (command) => `끝낸다 (\`${command}\`도 같다)`,
  node: '노드',
  stateColumn: '상태',
  address: '주소',
};

export const clusterWords: Readonly<Record<Language, ClusterWords>> = { en, ko };
