import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Verdict } from '../core/check.js';
import type { Cluster, ProxyMode } from '../core/cluster.js';
import { UnmetError } from '../core/errors.js';
import type { RunEvent } from '../core/events.js';
import { Registry } from '../core/registry.js';
import { same } from '../core/text.js';
import { openRun } from '../evidence/open-run.js';
import type { EvidenceView } from '../evidence/view.js';
import type { Claim, Lab } from '../schema/lab.js';
import { rejudgeRun } from './rejudge.js';
import { runLab } from './run-lab.js';
import type { RunnerTools } from './tools.js';

/** A step that is taken in several proxy modes, on a cluster of one node that has a colour in each of them. */
const source = { file: 'lab.yaml', line: 1, column: 1 };

function claim(check: string, mode?: ProxyMode): Claim {
  const object = { kind: 'Node', namespace: '', name: 'n1' };
  const way = { kind: 'patch', object, with: { metadata: { labels: { colour: 'blue' } } } } as const;
  const broken = { id: `${check}-broken`, says: same('painted'), becauseOf: 'colour', mode, ways: [way], source };
  return { id: check, says: same('the node is red'), check, options: {}, breaks: [broken], clusters: undefined, source };
}

function labOf(modes: readonly ProxyMode[], claims: readonly Claim[], optional = false): Lab {
  return {
    ...{ file: 'lab.yaml', text: 'the lab', id: 'test', title: same('test'), summary: same('test'), minutes: 1 },
    ...{ cluster: { file: 'cluster.yaml', text: '' }, manifests: [], clusters: ['fake'], publish: false, requests: 1, roles: {} },
    steps: [{ id: 'look', text: same('look'), given: [], modes, optional, observe: [], actions: [], claims, source }],
  };
}

/** There is no ip_vs. `calls` are the modes that were asked for. */
function fakeCluster(colours: Partial<Record<ProxyMode, string>>) {
  const calls: ProxyMode[] = [];
  let painted: string | undefined;
  const cluster: Cluster = {
    ...{ provider: 'fake', name: 'test', podSubnet: '10.0.0.0/16', serviceSubnet: '10.1.0.0/16' },
    executor: () => ({
      place: 'local',
      run: () => Promise.reject(new Error('nothing')),
      start: () => Promise.reject(new Error('nothing')),
    }),
    apply: async () => {},
    delete: async () => {},
    setProxyMode: async (mode) => {
      calls.push(mode);
      if (mode === 'ipvs' || mode === 'userspace') throw new UnmetError(`no ${mode}`);
    },
    outside: () => Promise.reject(new Error('nobody')),
    patch: async (_ref, patch) => {
      const colour = /"colour":"(\w+)"/.exec(JSON.stringify(patch))?.[1];
      painted = colour === 'blue' ? 'blue' : undefined;
    },
    objects: async () => {
      const colour = painted ?? colours[calls.at(-1) ?? 'iptables'] ?? 'red';
      return [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { colour } }, spec: {} }];
    },
    versions: async () => ({}),
    facts: async () => ({
      apiVersion: 'svclab/v1',
      kind: 'Cluster',
      metadata: { name: 'test' },
      spec: { podSubnet: '10.0.0.0/16', serviceSubnet: '10.1.0.0/16', nodeSubnet: '172.18.0.0/16', gateway: '172.18.0.1' },
    }),
    keep: async () => ({ enter: [], end: [] }),
    [Symbol.asyncDispose]: async () => {},
  };
  return { cluster, calls };
}

const colourOf = (view: EvidenceView): string => view.objects('objects')[0]?.metadata.labels?.['colour'] ?? '';

function judged(colours: readonly string[]): Verdict {
  const found = { expected: same('red'), seen: same(colours.join(' and ')), evidence: colours };
  return colours.every((colour) => colour === 'red') ? { ...found, status: 'pass' } : { ...found, status: 'fail', reason: 'colour' };
}

const tools: RunnerTools = {
  probes: new Registry('probe', []),
  requests: () => Promise.reject(new Error('no requests here')),
  judge: ({ check }, view) =>
    judged(
      check === 'across'
        ? view.modes.filter(({ lacking }) => lacking === undefined).map(({ mode }) => colourOf(view.inMode(mode)))
        : [colourOf(view)],
    ),
  observationsOf: () => [],
  isStatistical: () => false,
  acrossModes: ({ check }) => check === 'across',
};

async function run(t: { testdir(): string }, lab: Lab, cluster: Cluster, sabotage?: string) {
  const events: RunEvent[] = [];
  const out = t.testdir();
  const exitCode = await runLab({
    ...{ lab, tools, out, sabotage, requests: 1, keep: false, publish: false, fresh: false, allowSkip: false, now: new Date() },
    provider: {
      kind: 'fake',
      preflight: async () => [],
      check: () => {},
      create: async () => cluster,
      status: async () => [],
      down: async () => [],
    },
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
  });
  const [folder = ''] = (await readdir(out)).filter((name) => name !== 'latest');
  return { exitCode, events, folder: join(out, folder), verdicts: verdictsOf(events) };
}

function verdictsOf(events: readonly RunEvent[]): readonly Verdict[] {
  return events.flatMap((event) => (event.type === 'claim-judged' ? [event.verdict] : []));
}

t.test('a claim holds when it holds in every mode that is there; what is not there is said', async (t) => {
  const { cluster, calls } = fakeCluster({});
  const { exitCode, verdicts, folder } = await run(t, labOf(['iptables', 'nftables', 'ipvs'], [claim('each'), claim('across')]), cluster);
  t.same(calls, ['iptables', 'nftables', 'ipvs']);
  t.same(
    verdicts.map(({ status, seen }) => [status, seen.en]),
    [
      ['pass', 'iptables: red; nftables: red; ipvs: not available: no ipvs'],
      ['pass', 'red and red'],
    ],
  );
  t.equal(exitCode, 0);
  const { manifest } = await openRun(folder);
  t.same(
    manifest.observations.map(({ name, soundness }) => [name, soundness.sound]),
    [
      ['objects@iptables', true],
      ['objects@nftables', true],
      ['objects@ipvs', false],
    ],
  );
  t.ok('steps/look/nftables/objects.json' in manifest.files);
});

t.test('the mode that is there comes first, and what is told and kept is in the order of the lab file', async (t) => {
  const { cluster, calls } = fakeCluster({});
  const known = {
    ...cluster,
    get proxyMode(): ProxyMode {
      return calls.at(-1) ?? 'nftables';
    },
  };
  const lab = labOf(['iptables', 'nftables'], [claim('across', 'nftables')]);
  const { exitCode, verdicts, folder } = await run(t, lab, known, 'all');
  t.equal(exitCode, 0);
  // The step, its break, and the step again: one change each.
  t.same(calls, ['nftables', 'iptables', 'iptables', 'nftables', 'nftables', 'iptables']);
  t.equal(verdicts[0]?.seen.en, 'red and red');
  const { manifest } = await openRun(folder);
  t.same(
    manifest.observations.slice(0, 2).map(({ name }) => name),
    ['objects@iptables', 'objects@nftables'],
  );
});

t.test('one mode in which it does not hold is enough, and is named', async (t) => {
  const { cluster } = fakeCluster({ nftables: 'green' });
  const { exitCode, verdicts, folder } = await run(t, labOf(['iptables', 'nftables'], [claim('each')]), cluster);
  t.match(verdicts, [{ status: 'fail', reason: 'colour', seen: { en: 'nftables: green' }, expected: { en: 'nftables: red' } }]);
  t.equal(exitCode, 1);

  const again: RunEvent[] = [];
  const lab = labOf(['iptables', 'nftables'], [claim('each')]);
  t.equal(rejudgeRun({ stored: await openRun(folder), lab, tools, emit: (event) => again.push(event) }), 1);
  t.same(verdictsOf(again), verdicts, 'judged again from what was stored');
});

t.test('a break in one mode is applied there alone, and where the claim is judged by itself no other mode is needed', async (t) => {
  const { cluster, calls } = fakeCluster({});
  const lab = labOf(['iptables', 'nftables'], [claim('each', 'nftables'), claim('across', 'nftables')]);
  const { exitCode, events } = await run(t, lab, cluster, 'all');
  t.equal(exitCode, 0);
  const outcomes = events.flatMap((event) => (event.type === 'break-judged' ? [event.outcome] : []));
  t.same(
    outcomes.map(({ status, broken }) => [status, broken?.seen.en]),
    [
      ['proven', 'nftables: blue'],
      ['proven', 'red and blue'],
    ],
  );
  const both: readonly ProxyMode[] = ['iptables', 'nftables'];
  t.same(calls, [...both, 'nftables', 'nftables', ...both, ...both]);
});

t.test('a break of no mode in particular is applied in each', async (t) => {
  const { cluster } = fakeCluster({});
  const { events } = await run(t, labOf(['iptables', 'nftables'], [claim('across')]), cluster, 'all');
  t.match(
    events.find(({ type }) => type === 'break-judged'),
    { outcome: { status: 'proven', broken: { seen: { en: 'blue and blue' } } } },
  );
});

t.test('fewer than two modes prove nothing about modes', async (t) => {
  for (const optional of [false, true]) {
    const { cluster } = fakeCluster({});
    const { exitCode, verdicts } = await run(t, labOf(['iptables', 'ipvs', 'userspace'], [claim('each')], optional), cluster);
    t.match(verdicts, [{ status: 'skip', optional, why: { en: /ipvs: not available: no ipvs; userspace: not available/ } }]);
    t.equal(exitCode, optional ? 0 : 3);
  }
});
