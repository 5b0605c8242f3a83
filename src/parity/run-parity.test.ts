import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Cluster, ClusterProvider, ClusterStatus, KubeObject, ManifestSource } from '../core/cluster.js';
import type { CommandResult, Executor, Place } from '../core/executor.js';
import { createRunFolder } from '../evidence/run-folder.js';
import { loadedChains } from '../proxy/iptables/loaded.js';
import { nodeRules } from '../proxy/iptables/node-rules.js';
import { generatedSet } from './generate.js';
import { parityJson, parityText } from './report.js';
import { type ParityOptions, runParity } from './run-parity.js';

const config: ManifestSource = { file: 'kind.yaml', text: 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: fake\n' };
const node: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'fake-control-plane' }, spec: {} };

/** A provider whose one node holds a chain, with a rule for each Service of the set that `breaks`. */
class FakeProvider implements ClusterProvider {
  readonly log: string[] = [];
  readonly kind: string;
  readonly #breaks: (service: string) => boolean;
  readonly #there: readonly ClusterStatus[];

  constructor(kind: string, options: { readonly breaks?: (service: string) => boolean; readonly there?: boolean } = {}) {
    this.kind = kind;
    this.#breaks = options.breaks ?? (() => false);
    const found: ClusterStatus = { provider: kind, name: 'fake', state: 'running', ours: true, nodes: [], enter: [], end: [] };
    this.#there = options.there ? [found] : [];
  }

  async preflight() {
    return [];
  }

  check(): void {}

  async create({ fresh }: { readonly fresh: boolean }): Promise<Cluster> {
    this.log.push(fresh ? 'create fresh' : 'create');
    return new FakeCluster(this.kind, this.log, this.#breaks);
  }

  async status() {
    return this.#there;
  }

  async down(name: string): Promise<readonly string[]> {
    this.log.push(`down ${name}`);
    return [name];
  }
}

class FakeCluster implements Cluster {
  readonly provider: string;
  readonly name = 'fake';
  readonly podSubnet = '10.10.0.0/16';
  readonly serviceSubnet = '10.96.0.0/16';
  readonly #log: string[];
  readonly #breaks: (service: string) => boolean;
  #services: readonly string[] = [];

  constructor(provider: string, log: string[], breaks: (service: string) => boolean) {
    this.provider = provider;
    this.#log = log;
    this.#breaks = breaks;
  }

  executor(place: Place): Executor {
    const run = async (argv: readonly string[]): Promise<CommandResult> => ({
      place,
      argv,
      ended: 'exit',
      exitCode: 0,
      signal: null,
      stdout: this.#output(argv.join(' ')),
      stderr: '',
      durationMs: 1,
    });
    return { place, run, start: () => Promise.reject(new Error('nothing is started')) };
  }

  async apply(manifests: readonly ManifestSource[]): Promise<void> {
    this.#services = manifests.flatMap(({ file }) => /\/(s\d+)\.json$/.exec(file)?.[1] ?? []);
    this.#log.push(`apply ${this.#services.length}`);
  }

  async patch(): Promise<void> {}
  async setProxyMode(mode: string): Promise<void> {
    if (mode !== 'iptables') throw new Error('this kube-proxy works in one mode');
  }
  outside(): never {
    throw new Error('parity has no client outside');
  }
  facts(): never {
    throw new Error('parity asks for no ranges in the form of an object');
  }

  async delete(): Promise<void> {}

  async objects(): Promise<readonly KubeObject[]> {
    return [node];
  }

  async versions() {
    return {};
  }

  async keep() {
    this.#log.push('keep');
    return { enter: [], end: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#log.push('end');
  }

  #output(command: string): string {
    if (command !== 'iptables-save') return command.startsWith('ip ') ? '[]' : '';
    const rules = this.#services.filter(this.#breaks).map((name) => `-A OTHER -m comment --comment "default/${name}:x" -j ACCEPT\n`);
    return saved(nodeRules({ objects: [node], node: { name: node.metadata.name }, clusterCIDR: this.podSubnet }), rules);
  }
}

/** As iptables-save shows a text for iptables-restore, with a chain of its own in the filter table for the additional rules. */
function saved(text: string, rules: readonly string[]): string {
  const chains = [...loadedChains(text)].map(([key, lines]) => ({ table: key.split(' ')[0], name: key.split(' ')[1] ?? '', lines }));
  const tables = ['mangle', 'filter', 'nat'].map((table) => {
    const own = chains.filter((chain) => chain.table === table);
    const declared = own.map(({ name }) => `:${name} ${name.startsWith('KUBE-') ? '-' : 'ACCEPT'} [0:0]\n`);
    const other = table === 'filter' ? [':OTHER - [0:0]\n', ...rules] : [];
    return `*${table}\n${declared.join('')}${other.join('')}${own.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join('')}COMMIT\n`;
  });
  return tables.join('');
}

async function options(t: Test, real: ClusterProvider, more: Partial<ParityOptions> = {}): Promise<ParityOptions> {
  const root = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  return {
    real,
    embedded: new FakeProvider('netns'),
    mode: 'iptables',
    config,
    sets: [],
    generated: undefined,
    folder: await createRunFolder(root, 'parity', new Date()),
    fresh: false,
    keep: false,
    signal: new AbortController().signal,
    say: () => {},
    warn: () => {},
    ...more,
  };
}

const sets = ['one', 'two'].map((name) => ({ name, config, manifests: [] }));

t.test('a cluster that is made for it serves every set and ends with it', async (t) => {
  const real = new FakeProvider('kind');
  await runParity(await options(t, real, { sets }));
  t.same(real.log, ['create', 'keep', 'create', 'apply 0', 'end', 'create', 'apply 0', 'end', 'down fake']);
  const kept = new FakeProvider('kind');
  await runParity(await options(t, kept, { keep: true }));
  t.same(kept.log, ['create', 'keep']);
});

t.test('both clusters are put into the mode that is asked for, before anything is applied', async (t) => {
  const real = new FakeProvider('kind', { there: true });
  await t.rejects(runParity(await options(t, real, { sets, mode: 'nftables' })), { message: 'this kube-proxy works in one mode' });
  t.same(real.log, ['create', 'end']);
});

t.test('a cluster that is there is left there, but for --fresh', async (t) => {
  const real = new FakeProvider('kind', { there: true });
  await runParity(await options(t, real, { sets: sets.slice(1) }));
  t.same(real.log, ['create', 'apply 0', 'end']);
  const fresh = new FakeProvider('kind', { there: true });
  await runParity(await options(t, fresh, { fresh: true }));
  t.same(fresh.log, ['create fresh', 'keep', 'down fake']);
});

t.test('it ends also when a set cannot be applied', async (t) => {
  const real = new FakeProvider('kind');
  const embedded = new FakeProvider('netns');
  embedded.create = () => Promise.reject(new Error('no namespaces'));
  await t.rejects(runParity(await options(t, real, { sets, embedded })), { message: 'no namespaces' });
  t.same(real.log.slice(-2), ['end', 'down fake']);
});

t.test('of many generated Services, the one that differs by itself is named', async (t) => {
  const set = generatedSet(1, 50, ['fake-control-plane']);
  const real = new FakeProvider('kind', { there: true, breaks: (name) => name === 's37' });
  const result = await runParity(await options(t, real, { sets: sets.slice(0, 1), generated: { name: 'generated-1', set } }));
  const [lab, generated] = result.sets;
  t.same(lab?.differences, []);
  t.same(
    generated?.reproducedBy?.map(({ name }) => name),
    ['s37'],
  );
  // Once for the whole set and once for the suspect alone.
  t.equal(real.log.filter((line) => line.startsWith('apply')).length, 3);
  const own = (generated?.differences ?? []).filter(({ between }) => between[1] === 'netns');
  t.same(own, [
    {
      place: 'node/fake-control-plane',
      between: ['kind', 'netns'],
      section: 'filter OTHER',
      only: 'kind',
      line: '-m comment --comment "default/s37:x" -j ACCEPT',
    },
  ]);
  for (const language of ['en', 'ko'] as const) {
    const text = parityText(result, language);
    t.match(text, /filter OTHER {2}\(kind, netns\)\n {4}kind: -m comment --comment "default\/s37:x" -j ACCEPT/);
    t.match(text, /: s37\n {4}\{\n/);
    t.match(text, language === 'en' ? /one {10}1 node,/ : /one {10}노드 1개/);
  }
  const document: unknown = JSON.parse(parityJson(result));
  t.match(document, {
    format: 'svclab-parity/v1',
    sides: ['kind', 'netns'],
    sets: [{ name: 'one', allowedMet: {} }, { differences: [own[0]] }],
  });
});

t.test('with two that differ by themselves, one of them is enough', async (t) => {
  const set = generatedSet(1, 8, ['fake-control-plane']);
  const real = new FakeProvider('kind', { there: true, breaks: (name) => name === 's2' || name === 's8' });
  const { sets: compared } = await runParity(await options(t, real, { generated: { name: 'generated-1', set } }));
  t.same(
    compared[0]?.reproducedBy?.map(({ name }) => name),
    ['s2'],
  );
});
