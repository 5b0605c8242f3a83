import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { clusterIpManifests, never, output, run, startCluster } from '../clusters/netns/testing/course-cluster.js';
import type { Place } from '../core/executor.js';
import { waitFor } from '../core/wait.js';
import { hostnameOf, parseAnswers } from '../evidence/answers.js';
import { isService } from '../objects/guards.js';
import { capture } from './capture.js';
import { conntrack } from './conntrack.js';
import { counters } from './counters.js';
import { takeRequests } from './requests.js';
import { contextOf, folderSink } from './testing/fakes.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const cluster = await startCluster();
t.teardown(() => cluster[Symbol.asyncDispose]());
await cluster.apply(clusterIpManifests, never);
const address = (await cluster.objects(never)).find(isService)?.spec.clusterIP ?? '';
const url = `http://${address}:9000`;
const client = 'pod/default/net-pod';
const executor = (place: Place) => cluster.executor(place);

t.test('captures of several places see every packet of a burst', async (t) => {
  const folder = t.testdir({});
  const places: readonly Place[] = ['node/myk8s-control-plane', 'node/myk8s-worker', client];
  const active = await capture.begin(contextOf({ filter: 'tcp[tcpflags] & tcp-syn != 0' }, places, executor, folder));
  const taken = await takeRequests({
    executor: executor(client),
    turns: [{ argv: ['curl', '-s', url], times: 100 }],
    sink: folderSink(folder),
    file: 'answers.json',
    signal: never,
  });
  t.same(taken.soundness, { sound: true });
  const { parts, soundness } = await active.end();
  t.same(soundness, { sound: true });
  t.equal(parts.length, 6);
  const { answers } = parseAnswers(readFileSync(join(folder, 'answers.json'), 'utf8'));
  t.equal(answers.length, 100);
  t.same(new Set(answers.map(hostnameOf)), new Set(['webpod1', 'webpod2', 'webpod3']));
  const syns = async (file: string, filter: string): Promise<number> =>
    (await output(cluster, 'node/myk8s-worker', 'tcpdump', '-nr', join(folder, file), filter)).split('\n').filter((line) => line !== '')
      .length;
  t.equal(
    await syns('captures/capture-net-pod.pcap', `tcp[tcpflags] == tcp-syn and dst host ${address}`),
    100,
    'one new connection a request',
  );
  const here = answers.filter((answer) => hostnameOf(answer) === 'webpod1').length;
  // In by eth0, out by the veth.
  t.equal(await syns('captures/capture-myk8s-worker.pcap', 'tcp[tcpflags] == tcp-syn and dst host 10.10.1.2'), 2 * here);
  t.equal(await syns('captures/capture-myk8s-worker.pcap', `dst host ${address}`), 0, 'translated before it comes here');
  t.match(readFileSync(join(folder, 'captures/links-myk8s-worker.json'), 'utf8'), /"ifname":"eth0"/);
  t.equal((await run(cluster, 'node/myk8s-worker', 'pgrep', '-x', 'tcpdump')).exitCode, 1, 'no tcpdump is left');
});

t.test('a tcpdump that is killed makes the capture unsound', async (t) => {
  const active = await capture.begin(contextOf({ filter: 'tcp' }, ['node/myk8s-worker'], executor, t.testdir({})));
  await output(cluster, 'node/myk8s-worker', 'pkill', '-KILL', '-x', 'tcpdump');
  await waitFor(
    'its end',
    async () => ((await run(cluster, 'node/myk8s-worker', 'pgrep', '-x', 'tcpdump')).exitCode === 1 ? true : undefined),
    { intervalMs: 5, timeoutMs: 5_000 },
  );
  t.match((await active.end()).soundness, { sound: false, why: { en: /^tcpdump at node\/myk8s-worker ended too early/ } });
});

t.test('a filter that tcpdump does not know is an error, and nothing is left', async (t) => {
  await t.rejects(capture.begin(contextOf({ filter: 'tcp and nonsense' }, ['node/myk8s-worker', client], executor, t.testdir({}))), {
    name: 'EnvironmentError',
    message: /ended before it was ready \(exit 1\): .*syntax error|ended before it was ready/,
  });
  t.equal((await run(cluster, 'node/myk8s-worker', 'pgrep', '-x', 'tcpdump')).exitCode, 1);
  const disposed = await capture.begin(contextOf({ filter: 'tcp' }, ['node/myk8s-worker'], executor, t.testdir({})));
  await disposed[Symbol.asyncDispose]();
  t.equal((await run(cluster, 'node/myk8s-worker', 'pgrep', '-x', 'tcpdump')).exitCode, 1);
});

t.test('tables before and after', async (t) => {
  const folder = t.testdir({});
  const table = await conntrack.begin(contextOf({}, ['node/myk8s-control-plane'], executor, folder));
  const rules = await counters.begin(contextOf({}, ['node/myk8s-control-plane'], executor, folder));
  const { stdout } = await run(cluster, client, 'curl', '-s', url);
  t.match(stdout, /^Hostname: webpod/);
  const text = (parts: readonly { readonly file: string; readonly role: string }[], role: string, format: string): string =>
    readFileSync(join(folder, parts.find((part) => part.role === role && part.file.endsWith(format))?.file ?? ''), 'utf8');
  const entries = await table.end();
  const count = (xml: string): number => xml.match(new RegExp(`<dst>${address.replaceAll('.', '\\.')}</dst>`, 'g'))?.length ?? 0;
  t.equal(count(text(entries.parts, 'after', 'xml')), count(text(entries.parts, 'before', 'xml')) + 1);
  const counted = await rules.end();
  const packets = (save: string): number => Number(/\[(\d+):\d+\] -A KUBE-SERVICES .*svc-clusterip/.exec(save)?.[1]);
  t.equal(packets(text(counted.parts, 'after', 'rules')), packets(text(counted.parts, 'before', 'rules')) + 1);
  t.match(text(counted.parts, 'after', 'nft.json'), /"handle"/);
});

t.test('requests that are refused', async (t) => {
  const folder = t.testdir({});
  const turns = [
    { argv: ['curl', '-s', 'http://172.18.0.2:30999'], times: 2 },
    { argv: ['curl', '-s', url], times: 1 },
  ];
  const taken = await takeRequests({ executor: executor(client), turns, sink: folderSink(folder), file: 'answers.json', signal: never });
  t.same(taken.soundness, { sound: true });
  t.match(parseAnswers(readFileSync(join(folder, 'answers.json'), 'utf8')).answers, [
    { exitCode: 7, status: 0 },
    { exitCode: 7, status: 0 },
    { exitCode: 0, status: 200, localAddress: '10.10.0.2' },
  ]);
});
