import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import type { CommandResult, Executor } from '../../core/executor.js';
import { fixtureText, realObjects } from '../../proxy/testing/fixtures.js';
import { GonePods } from './gone-pods.js';
import { type Settling, settle, worksIn } from './settle.js';
import { answering } from './testing/fake-local.js';

const node = 'myk8s-worker';
const json = fixtureText(`${node}.nft.json`);
const ready = { addresses: [{ type: 'InternalIP', address: '172.18.0.4' }], conditions: [{ type: 'Ready', status: 'True' }] };
const objects: readonly KubeObject[] = realObjects('nftables-objects.yaml')
  .filter(({ kind, metadata }) => kind !== 'Node' || metadata.name === node)
  .map((object) => (object.kind === 'Node' ? { ...object, status: ready } : object));
const emptyNat = '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-MARK-MASQ - [0:0]\nCOMMIT\n';
const oldNat = '*nat\n:KUBE-NODEPORTS - [0:0]\nCOMMIT\n';

/** A node whose listings are the given ones, the last of each for good; undefined: there is no such table. */
function besideNode(listings: Readonly<Record<'nft' | 'iptables-save', readonly (string | undefined)[]>>, metrics: readonly string[] = []) {
  const asked = { nft: 0, 'iptables-save': 0, bash: 0 };
  const run = async (argv: readonly string[]): Promise<CommandResult> => {
    if (argv[0] === 'bash') {
      const text = metrics[Math.min(asked.bash++, metrics.length - 1)];
      return text === undefined ? { ...done(argv, ''), exitCode: 1 } : done(argv, text);
    }
    // A kernel without ip_vs.
    if (argv[0] === 'cat') return { ...done(argv, ''), exitCode: 1, stderr: 'cat: /proc/net/ip_vs: No such file or directory' };
    const program = argv[0] === 'nft' ? 'nft' : 'iptables-save';
    // The handles are asked for without JSON.
    if (program === 'nft' && !argv.includes('-j')) return done(argv, 'the same handles');
    const all = listings[program];
    const text = all[Math.min(asked[program], all.length - 1)];
    asked[program] += 1;
    return text === undefined ? { ...done(argv, ''), exitCode: 1, stderr: 'Error: No such file or directory' } : done(argv, text);
  };
  const executor: Executor = { place: `node/${node}`, run, start: () => Promise.reject(new Error('nothing is started here')) };
  return { executor, asked };
}

function done(argv: readonly string[], stdout: string): CommandResult {
  return { place: `node/${node}`, argv, ended: 'exit', exitCode: 0, signal: null, stdout, stderr: '', durationMs: 1 };
}

const settling = (executor: Executor, more: Partial<Settling> = {}): Settling => ({
  tools: { local: answering({}), kubectlPrefix: [] },
  objects: async () => objects,
  workloadPods: async () => [],
  beside: () => executor,
  podSubnet: '10.10.0.0/16',
  mode: 'nftables',
  quietMs: 0,
  signal: new AbortController().signal,
  ...more,
});

t.test('a change of mode has settled when the new rules are there and the old ones gone', async (t) => {
  const { executor, asked } = besideNode({ nft: [undefined, undefined, json], 'iptables-save': [oldNat, emptyNat] });
  await settle(settling(executor, { alone: true }));
  t.equal(asked.nft, 4, 'not there, not there, there beside the old ones, there alone');
  t.equal(asked['iptables-save'], 2);
});

const metricsOf = (queued: number, ended: number): string =>
  [`kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds ${queued}`, `kubeproxy_sync_proxy_rules_last_timestamp_seconds ${ended}`].join(
    '\n',
  );

t.test('the rules have settled when kube-proxy says that it has synced, and has not again', async (t) => {
  const { executor, asked } = besideNode({ nft: [json], 'iptables-save': [oldNat] }, [
    metricsOf(5, 4), // a sync is due
    metricsOf(5, 6), // it has ended, and
    metricsOf(7, 6), // another is due
    metricsOf(7, 8), // that has ended,
    metricsOf(7, 9), // one more came by itself,
    metricsOf(7, 9), // and now
    metricsOf(7, 9), // nothing
  ]);
  await settle(settling(executor));
  t.equal(asked.bash, 7);
});

t.test('rules that were seen behind complete objects have settled when no sync is due', async (t) => {
  const { executor, asked } = besideNode({ nft: [undefined, json], 'iptables-save': [oldNat] }, [
    metricsOf(5, 4), // a sync is due
    metricsOf(5, 6), // it has ended
    metricsOf(7, 6), // not asked for any more
  ]);
  const { quietMs: _, ...unhurried } = settling(executor);
  await settle(unhurried);
  t.equal(asked.bash, 2);
});

t.test('as long as a pod is not ready nothing else is asked for', async (t) => {
  const { executor, asked } = besideNode({ nft: [json], 'iptables-save': [oldNat] });
  const pod = (status: string): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: {} },
    status: { conditions: [{ type: 'Ready', status }] },
  });
  const shown = ['False', 'False', 'True'];
  let looks = 0;
  let listed = 0;
  const workloadPods = async () => [pod(shown[Math.min(looks++, 2)] ?? '')];
  const all = async () => {
    listed += 1;
    return objects;
  };
  await settle(settling(executor, { workloadPods, objects: all }));
  t.same([looks, listed, asked.nft], [3, 1, 1]);
});

t.test('a pod that is deleted is waited for until its node has no route to it', async (t) => {
  const { executor } = besideNode({ nft: [json], 'iptables-save': [emptyNat] });
  const routes = ['10.10.1.77 dev veth1 scope host\n', '10.10.1.77 dev veth1 scope host\n', ''];
  let looked = 0;
  const run: Executor['run'] = async (argv, options) =>
    argv[0] === 'ip' ? done(argv, routes[looked++] ?? '') : executor.run(argv, options);
  const gonePods = new GonePods();
  gonePods.note([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'gone' }, spec: {}, status: { podIP: '10.10.1.77' } }]);
  await settle(settling({ ...executor, run }, { gonePods }));
  t.equal(looked, 3);
});

t.test('where kube-proxy does not tell, its rules stay the same for as long as it may wait', async (t) => {
  const { executor, asked } = besideNode({ nft: [json], 'iptables-save': [oldNat] });
  const since = performance.now();
  const { quietMs: _, ...unhurried } = settling(executor);
  await settle(unhurried);
  t.ok(performance.now() - since > 1_290, 'kubeadm gives it a second');
  t.equal(asked.bash, 2);
});

t.test('without a change of mode nobody looks for another', async (t) => {
  const { executor, asked } = besideNode({ nft: [json], 'iptables-save': [oldNat] });
  await settle(settling(executor));
  t.equal(asked['iptables-save'], 0);
});

t.test('which mode a node works in is seen in its rules', async (t) => {
  const works = (mode: 'iptables' | 'nftables', nft: string | undefined, save: string) =>
    worksIn(settling(besideNode({ nft: [nft], 'iptables-save': [save] }).executor, { mode }), [node]);
  t.ok(await works('nftables', json, emptyNat));
  t.notOk(await works('nftables', undefined, oldNat));
  t.notOk(await works('nftables', json, oldNat), 'both: the change was cut short');
  t.ok(await works('iptables', undefined, oldNat));
  t.notOk(await works('iptables', json, emptyNat));
  t.notOk(await works('iptables', json, oldNat));
});

t.test('a listing that fails for another reason says nothing about the rules', async (t) => {
  const run = async (argv: readonly string[]): Promise<CommandResult> => ({ ...done(argv, ''), exitCode: 127, stderr: 'nft: not found' });
  const executor: Executor = { place: `node/${node}`, run, start: () => Promise.reject(new Error('nothing is started here')) };
  await t.rejects(worksIn(settling(executor), [node]), { message: /beside myk8s-worker: nft: not found/ });
});
