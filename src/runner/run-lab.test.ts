import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import type { Verdict } from '../core/check.js';
import type { Cluster, ClusterProvider, KubeObject } from '../core/cluster.js';
import { EnvironmentError, UnmetError } from '../core/errors.js';
import type { RunEvent } from '../core/events.js';
import type { Executor } from '../core/executor.js';
import type { Probe } from '../core/probe.js';
import { Registry } from '../core/registry.js';
import { same } from '../core/text.js';
import { openRun } from '../evidence/open-run.js';
import type { Break, Claim, Lab } from '../schema/lab.js';
import { rejudgeRun } from './rejudge.js';
import { runLab } from './run-lab.js';
import type { RunnerTools } from './tools.js';

const source = { file: 'lab.yaml', line: 1, column: 1 };
const node: KubeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels: { colour: 'red' } },
  spec: { podCIDR: '10.0.0.0/24' },
  status: { addresses: [] },
};
const repaint: Break = {
  id: 'repainted',
  says: same('repainted'),
  becauseOf: 'colour',
  mode: undefined,
  ways: [{ kind: 'patch', object: { kind: 'Node', namespace: '', name: 'n1' }, with: { metadata: { labels: { colour: 'blue' } } } }],
  source,
};

function labWith(claim: Partial<Claim>): Lab {
  return {
    file: 'lab.yaml',
    text: 'the lab',
    id: 'test',
    title: same('test'),
    summary: same('test'),
    minutes: 1,
    cluster: { file: 'cluster.yaml', text: 'the cluster' },
    manifests: [],
    clusters: ['fake'],
    publish: false,
    requests: 10,
    roles: {},
    steps: [
      {
        id: 'look',
        text: same('look'),
        given: [],
        modes: [],
        optional: false,
        observe: [{ name: 'seen', probe: 'broken', on: ['nodes'], clusters: undefined, options: {}, templates: {}, source }],
        actions: [],
        claims: [
          {
            id: 'red',
            says: same('the node is red'),
            check: 'colour',
            options: {},
            breaks: [repaint],
            clusters: undefined,
            source,
            ...claim,
          },
        ],
        source,
      },
    ],
  };
}

/** A cluster of one object, which can be told to repair itself or to fail. */
function fakeCluster(
  options: {
    readonly repairs?: boolean;
    readonly failsToApply?: boolean;
    readonly staysBroken?: boolean;
    readonly forgets?: boolean;
    readonly colour?: string;
    readonly lacksModes?: boolean;
  } = {},
) {
  let patches = 0;
  let objects = [options.colour === undefined ? node : { ...node, metadata: { ...node.metadata, labels: { colour: options.colour } } }];
  let disposed = 0;
  const executor: Executor = {
    place: 'local',
    run: () => Promise.reject(new Error('nothing runs here')),
    start: () => Promise.reject(new Error('nothing starts here')),
  };
  const cluster: Cluster = {
    provider: 'fake',
    name: 'test',
    podSubnet: '10.0.0.0/16',
    serviceSubnet: '10.1.0.0/16',
    executor: () => executor,
    apply: async () => {
      if (options.failsToApply) throw new EnvironmentError('the cluster is full');
    },
    facts: async () => ({
      apiVersion: 'svclab/v1',
      kind: 'Cluster',
      metadata: { name: 'test' },
      spec: { podSubnet: '10.0.0.0/16', serviceSubnet: '10.1.0.0/16', nodeSubnet: '172.18.0.0/16', gateway: '172.18.0.1' },
    }),
    setProxyMode: async () => {
      if (options.lacksModes) throw new UnmetError('this kernel lacks it');
    },
    outside: async (name) => ({ apiVersion: 'svclab/v1', kind: 'Client', metadata: { name }, status: { address: '172.18.0.9' } }),
    patch: async (_ref, patch) => {
      patches += 1;
      // It says that the patch was undone, and did not do it.
      if (options.forgets && patches > 1) return;
      if (options.staysBroken && patches > 1) throw new EnvironmentError('the object is locked');
      objects = [
        {
          ...node,
          ...patch,
          metadata: { name: 'n1', ...z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) }).parse(patch).metadata },
        },
      ];
    },
    delete: async () => {},
    objects: async () => {
      const now = objects;
      if (options.repairs) objects = [node];
      return now;
    },
    versions: async () => ({ kernel: 'test' }),
    keep: async () => ({ enter: [], end: [] }),
    [Symbol.asyncDispose]: async () => {
      disposed += 1;
    },
  };
  const provider = fakeProvider(async () => cluster);
  return { provider, disposals: () => disposed };
}

function fakeProvider(create: ClusterProvider['create']): ClusterProvider {
  return { kind: 'fake', preflight: async () => [], check: () => {}, create, status: async () => [], down: async () => [] };
}

const blind: Probe = {
  kind: 'broken',
  optionsSchema: z.unknown(),
  begin: () => Promise.reject(new EnvironmentError('the table cannot be read')),
};
const found = { expected: same('red'), evidence: [] };

function colourOf(objects: readonly KubeObject[]): Verdict {
  const colour = objects.find(({ kind }) => kind === 'Node')?.metadata.labels?.['colour'] ?? 'none';
  return colour === 'red'
    ? { ...found, status: 'pass', seen: same(colour) }
    : { ...found, status: 'fail', reason: 'colour', seen: same(colour) };
}

function toolsOf(): RunnerTools {
  return {
    probes: new Registry<Probe>('probe', [blind]),
    requests: () => Promise.reject(new Error('no requests here')),
    judge: (claim, view, scene) => {
      const soundness = view.soundness('seen');
      if (claim.check === 'needs-table' && !soundness.sound)
        return { ...found, status: 'inconclusive', why: soundness.why, seen: soundness.why };
      return colourOf(scene.objects);
    },
    observationsOf: () => [],
    isStatistical: () => false,
    acrossModes: () => false,
  };
}

async function run(t: Tap, lab: Lab, fake: ReturnType<typeof fakeCluster>, options: { sabotage?: string; signal?: AbortSignal } = {}) {
  const events: RunEvent[] = [];
  const out = t.testdir();
  const exitCode = await runLab({
    lab,
    provider: fake.provider,
    tools: toolsOf(),
    emit: (event) => events.push(event),
    out,
    requests: 10,
    sabotage: options.sabotage,
    keep: false,
    publish: false,
    fresh: false,
    allowSkip: false,
    signal: options.signal ?? new AbortController().signal,
    now: new Date('2026-01-02T03:04:05Z'),
  });
  const [folder = ''] = (await readdir(out)).filter((name) => name !== 'latest');
  return { exitCode, events, folder: join(out, folder) };
}

type Tap = { testdir(): string };

t.test('a run that goes well is sealed and the cluster is released', async (t) => {
  const fake = fakeCluster();
  const { exitCode, folder, events } = await run(t, labWith({}), fake);
  t.equal(exitCode, 0);
  t.equal(fake.disposals(), 1);
  const stored = await openRun(folder);
  t.same(Object.keys(stored.manifest.files).sort(), ['lab/cluster.yaml', 'lab/lab.yaml', 'steps/look/objects.json']);
  t.same(events.map(({ type }) => type).at(-1), 'run-ended');
});

t.test('what a step is given comes first, and before a break too; what was typed is told once', async (t) => {
  const lab = labWith({});
  const paint = (colour: string) => ({
    ...({ kind: 'patch', object: { kind: 'Node', namespace: '', name: 'n1' }, with: { metadata: { labels: { colour } } } } as const),
    ...{ why: same('paint'), clusters: undefined, source },
  });
  const given = { ...lab, steps: lab.steps.map((step) => ({ ...step, given: [paint('red')] })) };
  const fake = fakeCluster({ colour: 'green' });
  const { exitCode, events } = await run(t, given, fake, { sabotage: 'all' });
  t.equal(exitCode, 0);
  t.match(
    events.filter((event) => event.type === 'typed'),
    [{ place: 'local', command: /^kubectl patch node n1 .*red/, step: 'look' }],
  );
  t.match(
    events.filter((event) => event.type === 'break-judged'),
    [{ outcome: { status: 'proven' } }],
  );
});

t.test('a step that may be left out is, where what it is given cannot be; another is not', async (t) => {
  const lab = labWith({});
  const nftables = { kind: 'proxy-mode', mode: 'nftables', why: same('mode'), clusters: undefined, source } as const;
  const given = (optional: boolean) => ({ ...lab, steps: lab.steps.map((step) => ({ ...step, optional, given: [nftables] })) });
  const left = await run(t, given(true), fakeCluster({ lacksModes: true }), { sabotage: 'all' });
  t.equal(left.exitCode, 0);
  const verdict = { status: 'skip', optional: true, why: { en: 'this kernel lacks it' } };
  t.match(
    left.events.filter(({ type }) => ['claim-judged', 'break-started', 'run-ended'].includes(type)),
    [{ verdict }, { totals: { pass: 0, skip: 1 } }],
  );
  const again: RunEvent[] = [];
  t.equal(rejudgeRun({ stored: await openRun(left.folder), lab: given(true), tools: toolsOf(), emit: (event) => again.push(event) }), 0);
  t.match(
    again.filter(({ type }) => type === 'claim-judged'),
    [{ verdict }],
  );
  const needed = await run(t, given(false), fakeCluster({ lacksModes: true }));
  t.equal(needed.exitCode, 3);
});

t.test('a claim about another kind of cluster is left out, with its breaks', async (t) => {
  const { exitCode, events } = await run(t, labWith({ clusters: ['real'] }), fakeCluster(), { sabotage: 'all' });
  t.equal(exitCode, 0);
  t.match(
    events.filter(({ type }) => ['claim-judged', 'break-started', 'run-ended'].includes(type)),
    [
      { verdict: { status: 'skip', optional: true, why: { en: 'only on real', ko: /real/ } } },
      { totals: { skip: 1 }, breaks: { proven: 0 } },
    ],
  );
  await t.rejects(run(t, labWith({ clusters: ['real'] }), fakeCluster(), { sabotage: 'repainted' }), /has no break 'repainted'/);
});

t.test('a table that cannot be read makes the claims that need it inconclusive, after three attempts', async (t) => {
  const { exitCode, events } = await run(t, labWith({ check: 'needs-table' }), fakeCluster());
  t.equal(exitCode, 4);
  t.equal(events.filter(({ type }) => type === 'step-retaken').length, 2);
  const judged = events.find((event) => event.type === 'claim-judged');
  t.match(judged, { verdict: { status: 'inconclusive', why: { en: 'the table cannot be read' } } });
});

t.test('a break is proven: red for its reason, and green again', async (t) => {
  const { exitCode, events } = await run(t, labWith({}), fakeCluster(), { sabotage: 'all' });
  t.equal(exitCode, 0);
  t.match(
    events.find((event) => event.type === 'break-judged'),
    { outcome: { status: 'proven', broken: { status: 'fail', reason: 'colour' } } },
  );
});

t.test('a break that the cluster repaired meanwhile proves nothing', async (t) => {
  const { exitCode, events } = await run(t, labWith({}), fakeCluster({ repairs: true }), { sabotage: 'repainted' });
  t.equal(exitCode, 4);
  t.match(
    events.find((event) => event.type === 'break-judged'),
    { outcome: { status: 'inconclusive' } },
  );
});

t.test('a break that turns its claim red for another reason is not proven', async (t) => {
  const { exitCode } = await run(t, labWith({ breaks: [{ ...repaint, becauseOf: 'size' }] }), fakeCluster(), { sabotage: 'all' });
  t.equal(exitCode, 1);
});

t.test('after a break that leaves the cluster changed, the others are not tried', async (t) => {
  const fake = fakeCluster({ forgets: true });
  const { exitCode, events } = await run(t, labWith({ breaks: [repaint, { ...repaint, id: 'again' }] }), fake, { sabotage: 'all' });
  t.equal(exitCode, 1);
  t.match(
    events.filter((event) => event.type === 'break-judged'),
    [{ outcome: { status: 'not-proven' } }, { outcome: { status: 'inconclusive', why: { en: /not tried: .*'repainted'/ } } }],
  );
});

t.test('a break that cannot be taken back ends the run: nothing can be proven on such a cluster', async (t) => {
  const fake = fakeCluster({ staysBroken: true });
  const { exitCode, events } = await run(t, labWith({ breaks: [repaint, { ...repaint, id: 'again' }] }), fake, { sabotage: 'all' });
  t.equal(exitCode, 4);
  t.match(events.at(-1), { type: 'run-ended', error: { message: /'repainted' could not be taken back: .*the object is locked/ } });
  t.equal(events.filter(({ type }) => type === 'break-started').length, 1);
  t.equal(fake.disposals(), 1);
});

t.test('when the cluster fails the run ends with its message, sealed, and the cluster is released', async (t) => {
  const fake = fakeCluster({ failsToApply: true });
  const { exitCode, events, folder } = await run(t, labWith({}), fake);
  t.equal(exitCode, 4);
  t.equal(fake.disposals(), 1);
  t.match(events.at(-1), { type: 'run-ended', error: { message: 'the cluster is full' } });
  t.equal((await openRun(folder)).manifest.observations.length, 0);
});

t.test('what a cluster does while it is made is told, and the logs of one that cannot be made are evidence', async (t) => {
  const provider = fakeProvider(async (request) => {
    request.progress(same('starting the nodes'));
    await writeFile(join(await request.logs(), 'kubelet.log'), 'no memory');
    throw new EnvironmentError('the cluster cannot be made');
  });
  const { exitCode, events, folder } = await run(t, labWith({}), { provider, disposals: () => 0 });
  t.equal(exitCode, 4);
  t.match(events, [
    { type: 'run-started' },
    { type: 'phase-started', phase: 'cluster' },
    { type: 'progressed', text: same('starting the nodes') },
  ]);
  t.same(
    Object.keys((await openRun(folder)).manifest.files).filter((name) => name.startsWith('cluster-logs/')),
    ['cluster-logs/kubelet.log'],
  );
});

t.test('a run folder that goes away in the middle is an error of the environment', async (t) => {
  const fake = fakeCluster();
  const lab = labWith({});
  const out = t.testdir();
  const provider: ClusterProvider = {
    ...fake.provider,
    create: async (request) => {
      await rm(out, { recursive: true });
      return fake.provider.create(request);
    },
  };
  const events: RunEvent[] = [];
  const tools = {
    probes: new Registry<Probe>('probe', []),
    requests: () => Promise.reject(new Error('none')),
    judge: () => colourOf([node]),
    observationsOf: () => [],
    isStatistical: () => false,
    acrossModes: () => false,
  };
  const exitCode = await runLab({
    lab: { ...lab, steps: lab.steps.map((step) => ({ ...step, observe: [] })) },
    provider,
    tools,
    emit: (event) => events.push(event),
    out,
    requests: 1,
    sabotage: undefined,
    keep: false,
    publish: false,
    fresh: false,
    allowSkip: false,
    signal: new AbortController().signal,
    now: new Date(),
  });
  t.equal(exitCode, 4);
  t.equal(fake.disposals(), 1);
});
