import t, { type Test } from 'tap';
import { clusterIpManifests, never, output, run, startCluster } from '../clusters/netns/testing/course-cluster.js';
import type { Cluster, KubeObject } from '../core/cluster.js';
import type { CommandResult } from '../core/executor.js';
import { parseRef } from '../objects/names.js';
import { Scene } from '../scene/scene.js';
import { forgetGone } from './forget-gone.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const roles = { client: 'pod/net-pod', leaver: 'pod/webpod1', service: 'svc/svc-clusterip' };

/** A cluster whose pods are remembered, and the words of a rule that sends whoever asks the Service to the pod that will leave. */
async function stageWithLeaver(t: Test) {
  const cluster = await startCluster();
  t.teardown(async () => cluster[Symbol.asyncDispose]());
  await cluster.apply(clusterIpManifests, never);
  const stage = { cluster, pods: new Set<string>(), signal: never };
  const look = async () => new Scene(roles, await cluster.objects(never));
  const before = await look();
  await forgetGone(stage, before);
  const { address } = before.pod('leaver');
  const service = before.service('service');
  const toLeaver = ['PREROUTING', '-d', service.address, '-p', 'tcp', '-j', 'DNAT', '--to-destination', `${address}:80`];
  return { cluster, stage, look, before, address, toLeaver };
}

t.test('whoever comes back to the port of a connection that nobody lived to answer is not sent after it', async (t) => {
  const { cluster, stage, look, before, address, toLeaver } = await stageWithLeaver(t);
  t.ok(stage.pods.has(address), 'a pod that is there is remembered');

  const { node, place } = before.pod('client');
  const service = before.service('service');
  const ask = (patience: string): Promise<CommandResult> =>
    run(cluster, place, 'curl', '-q', '-s', '--local-port', '41234', '--max-time', patience, `http://${service.address}:${service.port}`);
  await output(cluster, node.place, 'iptables', '-w', '-t', 'nat', '-I', ...toLeaver);
  await cluster.delete(parseRef('pod/webpod1'), never);
  t.not((await ask('0.5')).exitCode, 0, 'nobody is there');
  await output(cluster, node.place, 'iptables', '-w', '-t', 'nat', '-D', ...toLeaver);
  t.not((await ask('0.5')).exitCode, 0, 'the rule is gone, and the kernel still remembers');

  await forgetGone(stage, await look());
  t.equal((await ask('30')).exitCode, 0, 'and now it does not');
  t.notOk(stage.pods.has(address), 'what has been seen to is done with');
});

t.test('the entry of a connection that was closed is left, and whoever comes back to its port is not sent after it', async (t) => {
  const { cluster, stage, look, before, address, toLeaver } = await stageWithLeaver(t);
  const { node, place } = before.pod('client');
  const service = before.service('service');
  const url = `http://${service.address}:${service.port}`;
  const ask = (...more: readonly string[]): Promise<string> =>
    output(cluster, place, 'curl', '-q', '-s', '--local-port', '41235', ...more, url);
  // The client's own kernel is to give its port back at once.
  await output(cluster, place, 'sysctl', '-q', '-w', 'net.ipv4.tcp_max_tw_buckets=0');
  await output(cluster, node.place, 'iptables', '-w', '-t', 'nat', '-I', ...toLeaver);
  t.match(await ask(), /^Hostname: webpod1$/m);
  await output(cluster, node.place, 'iptables', '-w', '-t', 'nat', '-D', ...toLeaver);
  await cluster.delete(parseRef('pod/webpod1'), never);

  await forgetGone(stage, await look());
  const entries = await output(cluster, node.place, 'conntrack', '--dump', '--proto', 'tcp', '--reply-src', address);
  t.match(entries, / TIME_WAIT .* sport=41235 /, 'the kernel still remembers it');
  t.match(await ask('--max-time', '30'), /^Hostname: webpod[23]$/m);
});

/** A stage whose only node answers so, with one pod that is gone. */
function stageOf(run: (argv: readonly string[]) => { readonly exitCode: number; readonly stdout: string; readonly stderr: string }) {
  const node: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    spec: { podCIDR: '10.10.0.0/24' },
    status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] },
  };
  const executor = { place: 'node/n', run: async (argv: readonly string[]) => ({ ended: 'exit', ...run(argv) }) };
  const stage = { cluster: { executor: () => executor } as unknown as Cluster, pods: new Set(['10.10.0.9']), signal: never };
  return { stage, scene: new Scene({}, [node]) };
}

const entry = 'tcp 6 src=10.10.0.2 dst=10.200.1.1 sport=1 dport=2 src=10.10.0.9 dst=10.10.0.2 sport=2 dport=1';
const ended = { exitCode: 1, stdout: '', stderr: "conntrack v1.4.7 (conntrack-tools): Operation failed: such conntrack doesn't exist" };

t.test('an entry that ends by itself while it is deleted: the rest is deleted all the same', async (t) => {
  const deletions = [ended, ended, { exitCode: 0, stdout: '', stderr: '3 flow entries have been deleted.' }];
  const { stage, scene } = stageOf(([, what]) =>
    what === '-c' ? { exitCode: 0, stdout: entry, stderr: '' } : (deletions.shift() ?? ended),
  );
  await forgetGone(stage, scene);
  t.same(deletions, [], 'asked three times');
});

t.test('of a pod that nobody is connected to any more, nothing is deleted', async (t) => {
  const deletionsOf = async (table: string): Promise<number> => {
    let deletions = 0;
    const { stage, scene } = stageOf(([, what]) => {
      if (what === '--delete') deletions++;
      return { exitCode: 0, stdout: what === '-c' ? table : '', stderr: '' };
    });
    await forgetGone(stage, scene);
    return deletions;
  };
  t.equal(await deletionsOf(''), 0);
  t.equal(await deletionsOf(`${entry.replaceAll('10.10.0.9', '10.10.0.8')}\n`), 0, "another pod's");
  t.equal(await deletionsOf(`${entry}\n${entry}\n`), 1);
});

t.test('a table that cannot be changed is the environment', async (t) => {
  const notPermitted = { exitCode: 1, stdout: '', stderr: 'conntrack: Operation failed: not permitted' };
  const refused = stageOf(() => notPermitted);
  await t.rejects(forgetGone(refused.stage, refused.scene), { message: /failed at node\/n: conntrack: Operation failed/, exitCode: 4 });
  const never = stageOf(([, what]) => (what === '-c' ? { exitCode: 0, stdout: entry, stderr: '' } : ended));
  await t.rejects(forgetGone(never.stage, never.scene), { message: /such conntrack doesn't exist/, exitCode: 4 }, 'not for ever');
});
