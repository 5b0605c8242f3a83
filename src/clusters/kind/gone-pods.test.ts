import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import type { CommandResult, Executor } from '../../core/executor.js';
import { GonePods } from './gone-pods.js';

const never = new AbortController().signal;

function pod(name: string, podIP?: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [] }, status: podIP === undefined ? {} : { podIP } };
}

/** A kindnet node with a route to each of these pods. */
function nodeWith(addresses: () => readonly string[], exitCode = 0) {
  const asked: (readonly string[])[] = [];
  const run = async (argv: readonly string[]): Promise<CommandResult> => {
    asked.push(argv);
    const routes = [
      'default via 172.18.0.1 dev eth0',
      '10.10.1.0/24 via 172.18.0.4 dev eth0',
      ...addresses().map((ip) => `${ip} dev veth7928c3d4 scope host`),
    ];
    return {
      place: 'node/n',
      argv,
      ended: 'exit',
      exitCode,
      signal: null,
      stdout: `${routes.join('\n')}\n`,
      stderr: 'Cannot open netlink',
      durationMs: 1,
    };
  };
  const node: Executor = { place: 'node/n', run, start: () => Promise.reject(new Error('nothing is started here')) };
  return { node, asked };
}

t.test('nobody is asked while every pod is there', async (t) => {
  const gone = new GonePods();
  const { node, asked } = nodeWith(() => ['10.10.3.9']);
  gone.note([pod('a', '10.10.3.9'), pod('waiting')]);
  await gone.mustHaveEnded([pod('a', '10.10.3.9')], [node], never);
  t.same(asked, []);
});

t.test('a pod that is deleted has ended when its route is gone, and is asked for no more', async (t) => {
  const gone = new GonePods();
  let routes = ['10.10.3.9', '10.10.3.10'];
  const { node, asked } = nodeWith(() => routes);
  const left = [pod('b', '10.10.3.10')];
  t.notOk(gone.any(left));
  gone.note([pod('a', '10.10.3.9'), ...left]);
  t.ok(gone.any(left));
  await t.rejects(gone.mustHaveEnded(left, [node], never), {
    message: 'the pod that had the address 10.10.3.9 is deleted, and node/n still has it',
  });
  routes = ['10.10.3.10'];
  await gone.mustHaveEnded(left, [node], never);
  t.notOk(gone.any(left));
  t.same(asked.at(-1), ['ip', '-4', 'route', 'show']);
  await gone.mustHaveEnded(left, [node], never);
  t.equal(asked.length, 2);
});

t.test('another pod may have its address by then', async (t) => {
  const gone = new GonePods();
  const { node } = nodeWith(() => ['10.10.3.9']);
  gone.note([pod('a', '10.10.3.9')]);
  await gone.mustHaveEnded([pod('b', '10.10.3.9')], [node], never);
  await t.rejects(gone.mustHaveEnded([], [node], never), { message: /10\.10\.3\.9 is deleted/ }, 'and that one is waited for too');
});

t.test('a node that cannot be asked has not shown that it has ended', async (t) => {
  const gone = new GonePods();
  gone.note([pod('a', '10.10.3.9')]);
  await t.rejects(gone.mustHaveEnded([], [nodeWith(() => [], 1).node], never), {
    message: /'ip -4 route show' failed beside node\/n: Cannot open netlink/,
    exitCode: 4,
  });
});
