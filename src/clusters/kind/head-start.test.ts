import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { HeadStart } from './head-start.js';
import type { Sidecars } from './sidecars.js';
import type { Tools } from './tools.js';

const manifests = [{ file: 'pods.yaml', text: '' }];
const file =
  'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: myk8s\nnodes:\n- role: control-plane\n- role: worker\n- role: worker\n';
const loaded = loadKindConfig({ file: 'cluster.yaml', text: file });
// Of several control planes kind is asked for the kubeconfig, for which a test can stand in.
const config = { ...loaded, nodes: loaded.nodes.map((node) => ({ ...node, role: 'control-plane' as const })) };

function node(name: string, ready: boolean): KubeObject {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { conditions } };
}

interface Doings {
  readonly done: string[];
  nodes: readonly KubeObject[];
  fails?: string;
  hangs?: boolean;
  looks?: number;
}

async function headStart(t: { teardown(action: () => Promise<void>): void }, doings: Doings, signal = new AbortController().signal) {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const does = async (what: string): Promise<void> => {
    doings.done.push(what);
    if (doings.fails === what) throw new EnvironmentError(`no ${what}`);
  };
  const tools = {
    kind: async (argv: readonly string[]) => {
      await does(argv.join(' '));
      return '{}';
    },
    api: {
      list: async () => {
        doings.looks = (doings.looks ?? 0) + 1;
        return doings.nodes;
      },
    },
  } as unknown as Tools;
  const sidecars = { prepare: (nodes: readonly string[]) => does(`sidecars of ${nodes.length} nodes`) } as unknown as Sidecars;
  const apply = async (_: unknown, stopped: AbortSignal): Promise<boolean> => {
    await does('apply');
    if (doings.hangs) await new Promise((_, reject) => stopped.addEventListener('abort', () => reject(new Error('stopped'))));
    return true;
  };
  const workloads = { bring: () => does('bring'), apply };
  const start = new HeadStart({ tools, config, sidecars, workloads, manifests, kubeconfig: join(folder, 'kubeconfig'), signal });
  return { start, folder };
}

const ready = config.nodes.map(({ name }) => node(name, true));

t.test('each thing begins at the step that makes it possible, and once', async (t) => {
  const doings: Doings = { done: [], nodes: ready };
  const { start, folder } = await headStart(t, doings);
  for (const step of ['Ensuring node image', 'Preparing nodes', 'Writing configuration']) start.begun(step);
  t.same(doings.done, [], 'no node is there yet');
  start.begun('Starting control-plane');
  await new Promise(setImmediate);
  t.same(doings.done, ['sidecars of 3 nodes', 'bring']);
  for (const step of ['Installing CNI', 'Installing StorageClass']) start.begun(step);
  t.same(doings.done.length, 2);
  for (const step of ['Joining worker nodes', 'Waiting ≤ 2m0s for control-plane = Ready']) start.begun(step);
  t.equal(await start.applied(manifests), true);
  t.same(doings.done.slice(2), ['get kubeconfig --name myk8s', 'apply']);
  t.same(await readdir(folder), ['kubeconfig']);
  t.equal(await start.applied([...manifests]), false, 'others are not applied');
});

t.test('nothing is applied before all nodes are there and Ready', async (t) => {
  const [first, second, third] = ready;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three nodes');
  const doings: Doings = { done: [], nodes: [first, second] };
  const { start } = await headStart(t, doings);
  start.begun('Joining worker nodes');
  const looks = async (): Promise<void> => {
    const until = (doings.looks ?? 0) + 2;
    while ((doings.looks ?? 0) < until) await new Promise(setImmediate);
  };
  await looks();
  doings.nodes = [first, second, node(third.metadata.name, false)];
  await looks();
  t.notOk(doings.done.includes('apply'));
  doings.nodes = ready;
  t.equal(await start.applied(manifests), true);
  t.ok(doings.done.includes('apply'));
});

t.test('what fails is left to those who need it', async (t) => {
  for (const fails of ['sidecars of 3 nodes', 'bring']) {
    const { start } = await headStart(t, { done: [], nodes: ready, fails });
    start.begun('Starting control-plane');
    start.begun('Joining worker nodes');
    t.equal(await start.applied(manifests), true, `${fails}: what comes later is done`);
  }
  for (const fails of ['get kubeconfig --name myk8s', 'apply']) {
    const { start } = await headStart(t, { done: [], nodes: ready, fails });
    start.begun('Joining worker nodes');
    t.equal(await start.applied(manifests), false, fails);
  }
  const { start } = await headStart(t, { done: [], nodes: ready });
  t.equal(await start.applied(manifests), false, 'nothing had begun');
});

t.test('what is at work ends with a creation that failed, and with the run', async (t) => {
  const doings: Doings = { done: [], nodes: ready, hangs: true };
  const { start } = await headStart(t, doings);
  start.begun('Joining worker nodes');
  while (!doings.done.includes('apply')) await new Promise(setImmediate);
  await start[Symbol.asyncDispose]();
  t.equal(await start.applied(manifests), false);
  const run = new AbortController();
  const waiting = await headStart(t, { done: [], nodes: [] }, run.signal);
  waiting.start.begun('Joining worker nodes');
  run.abort(new Error('Ctrl-C'));
  t.equal(await waiting.start.applied(manifests), false);
});
