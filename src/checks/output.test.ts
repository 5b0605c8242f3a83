import t from 'tap';
import type { Output } from '../evidence/outputs.js';
import { outputCheck } from './output.js';
import { judged, outcome } from './testing/stage.js';

function output(stdout: string, more: Partial<Output> = {}): Output {
  return { place: 'node/myk8s-worker', argv: ['ip', 'address'], ended: 'exit', exitCode: 0, stdout, stderr: '', ...more };
}

function judge(outputs: readonly Output[], expect: readonly Record<string, unknown>[], exit?: number) {
  return judged(outputCheck, { output: 'outputs', expect, ...(exit === undefined ? {} : { exit }) }, { outputs });
}

t.test('texts that are there, and texts that are not', async (t) => {
  const [one] = [output('eth0 up\nveth1 up\n')];
  const cases: readonly [Record<string, unknown>, string][] = [
    [{ has: 'veth1 up' }, 'pass'],
    [{ has: 'veth2' }, 'missing'],
    [{ lacks: 'down' }, 'pass'],
    [{ lacks: 'eth0' }, 'present'],
    [{ matches: '^veth\\d+ up$' }, 'pass'],
    [{ matches: '^eth1' }, 'missing'],
  ];
  for (const [want, expected] of cases) t.equal(outcome(judge([one], [want])), expected, JSON.stringify(want));
  t.match(judge([one], [{ lacks: 'veth1' }]), { seen: { en: 'myk8s-worker, ip address: veth1 up' } });
});

t.test('references are filled in, also of the one that the command was typed for', async (t) => {
  t.equal(outcome(judge([output('via 172.18.0.2\n')], [{ has: 'via $client.node.address' }])), 'pass');
  const nodes = [output('I am myk8s-worker\n', { each: 'myk8s-worker' }), output('I am myk8s-worker\n', { each: 'myk8s-worker2' })];
  t.equal(outcome(judge(nodes.slice(0, 1), [{ has: 'I am $each.name' }])), 'pass');
  t.equal(outcome(judge(nodes, [{ has: 'I am $each.name' }])), 'missing');
  t.equal(outcome(judge([output('webpod1', { each: 'webpod1' })], [{ has: '$each.name' }])), 'pass');
});

t.test('values in JSON', async (t) => {
  const json = output(
    JSON.stringify([
      { ifname: 'eth0', mtu: 1500, addr: [{ family: 'inet', local: '10.0.0.1' }] },
      { ifname: 'lo', mtu: 65536 },
    ]),
  );
  const cases: readonly [unknown[], unknown, string][] = [
    [['0', 'ifname'], 'eth0', 'pass'],
    [['ifname=eth0', 'mtu'], 1500, 'pass'],
    [['ifname=eth0', 'addr', 'family=inet', 'local'], '10.0.0.1', 'pass'],
    [['ifname=eth0', 'mtu'], 9000, 'differs'],
    [['*', 'ifname'], 'eth0', 'differs'],
    [['ifname=eth1', 'mtu'], 1500, 'missing'],
    [['ifname=eth0', 'addr', 'family=inet6', 'local'], '::1', 'missing'],
    [[2, 'ifname'], 'eth0', 'missing'],
  ];
  for (const [at, is, expected] of cases) t.equal(outcome(judge([json], [{ at, is }])), expected, JSON.stringify(at));
  t.equal(outcome(judge([output('no json')], [{ at: ['a'], is: 'b' }])), 'missing');
  t.match(judge([json], [{ at: ['*', 'ifname'], is: 'eth0' }]), { seen: { en: /\*\.ifname = lo$/ } });
});

t.test('only what was printed in some of the places; a command that failed; no command at all', async (t) => {
  const two = [output('a'), output('b', { place: 'node/myk8s-worker2' })];
  t.equal(outcome(judge(two, [{ on: 'backends.0.node', has: 'a' }])), 'pass');
  t.equal(outcome(judge(two, [{ has: 'a' }])), 'missing');
  t.equal(outcome(judge(two, [{ on: 'client', has: 'a' }])), 'missing', 'nothing was run there');
  t.equal(outcome(judge([], [{ has: 'a' }])), 'missing');
  const failed = output('', { exitCode: 2, stderr: 'no such device\n' });
  t.match(judge([failed], [{ has: 'a' }]), { reason: 'exit', seen: { en: 'myk8s-worker, ip address: exit 2: no such device' } });
  t.equal(outcome(judge([output('a', { exitCode: 2 })], [{ has: 'a' }], 2)), 'pass');
  t.equal(outcome(judge([output('a', { ended: 'timeout', exitCode: null })], [{ has: 'a' }])), 'exit');
});

t.test('what can be asked for', async (t) => {
  const valid = (want: Record<string, unknown>) => outputCheck.optionsSchema.safeParse({ output: 'x', expect: [want] }).success;
  t.ok(valid({ has: 'a' }));
  t.ok(valid({ at: ['a', 0], is: true }));
  for (const want of [{}, { has: 'a', lacks: 'b' }, { at: ['a'] }, { is: 'a' }, { has: 'a', is: 'b' }, { matches: '(' }, { at: [], is: 1 }])
    t.notOk(valid(want), JSON.stringify(want));
});
