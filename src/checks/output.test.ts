import t from 'tap';
import type { Output } from '../evidence/outputs.js';
import { outputCheck } from './output.js';
import { client, clientNode } from './testing/cluster.js';
import { outcome } from './testing/stage.js';
import { judgedOnWire } from './testing/wire.js';

const roles = { client: `pod/${client.name}`, worker: 'node/myk8s-worker' };
const output = (stdout: string, more: Partial<Output> = {}): Output => ({
  place: `node/${clientNode}`,
  argv: ['ip', 'route'],
  ended: 'exit',
  exitCode: 0,
  stdout,
  stderr: '',
  ...more,
});
const judge = (want: Readonly<Record<string, unknown>> | readonly unknown[], ...outputs: readonly Output[]) =>
  judgedOnWire(outputCheck, { output: 'shown', expect: Array.isArray(want) ? want : [want] }, { roles, outputs: { shown: outputs } });
const route = '10.10.1.0/24 via 172.18.0.3 dev eth0\n10.10.2.0/24 via 172.18.0.4 dev eth0\n';

t.test('a text that is there, or is not', async (t) => {
  const there = judge({ has: '$worker.podCIDR via $worker.address' }, output(route));
  t.equal(there.status, 'pass');
  t.equal(there.seen.en, '10.10.1.0/24 via 172.18.0.3 dev eth0');
  t.equal(outcome(judge({ has: 'default' }, output(route))), 'missing');
  t.equal(outcome(judge({ lacks: 'default' }, output(route))), 'pass');
  const verdict = judge({ lacks: '$worker.address' }, output(route));
  t.equal(outcome(verdict), 'present');
  t.equal(verdict.seen.en, 'myk8s-control-plane, ip route: 10.10.1.0/24 via 172.18.0.3 dev eth0');
  t.equal(outcome(judge({ matches: '^10\\.10\\.2' }, output(route))), 'pass', 'each line begins anew');
  t.equal(outcome(judge({ matches: '^via' }, output(route))), 'missing');
});

t.test('values in JSON', async (t) => {
  const json = output(JSON.stringify([{ ifname: 'eth0', addr_info: [{ local: '10.10.0.5', prefixlen: 24 }] }, { ifname: 'lo' }]));
  t.equal(outcome(judge({ at: [0, 'addr_info', '*', 'local'], is: '$client.address' }, json)), 'pass');
  t.equal(outcome(judge({ at: ['ifname=eth0', 'addr_info', 0, 'prefixlen'], is: 24 }, json)), 'pass');
  t.equal(outcome(judge({ at: ['*', 'ifname'], is: 'eth0' }, json)), 'differs');
  t.equal(outcome(judge({ at: [0, 'mtu'], is: 1500 }, json)), 'missing');
  t.match(judge({ at: [0], is: 'x' }, output(route)).seen.en, /no JSON/);
});

t.test('values that an expression finds', async (t) => {
  const find = '^(\\S+) via';
  t.equal(judge({ find, inside: '$cluster.podSubnet' }, output(route)).seen.en, '10.10.1.0/24, 10.10.2.0/24');
  const verdict = judge({ find, inside: '$worker.podCIDR' }, output(route));
  t.equal(outcome(verdict), 'differs');
  t.match(verdict.seen.en, /= 10\.10\.2\.0\/24$/);
  t.equal(outcome(judge({ find: 'dev (\\S+)', is: 'eth0' }, output(route))), 'pass');
  t.equal(outcome(judge({ find: 'src (\\S+)', is: 'eth0' }, output(route))), 'missing', 'nothing found is never a pass');
  t.equal(outcome(judge({ find, inside: '$cluster.podSubnet' }, output('10.0.0.0/8 via x'))), 'differs', 'a range larger than the other');
  t.equal(outcome(judge({ find, inside: '$cluster.podSubnet' }, output('fd00::/64 via x'))), 'differs', 'no IPv4 range');
});

t.test('values alike in all outputs, or in no two', async (t) => {
  const here = output('gw 172.18.0.1 me 172.18.0.2');
  const there = output('gw 172.18.0.1 me 172.18.0.3', { place: 'node/myk8s-worker' });
  t.equal(outcome(judge({ find: 'gw (\\S+)', alike: true }, here, there)), 'pass');
  t.equal(outcome(judge({ find: 'me (\\S+)', alike: true }, here, there)), 'differs');
  t.equal(outcome(judge({ find: 'me (\\S+)', alike: false }, here, there)), 'pass');
  const verdict = judge({ find: 'gw (\\S+)', alike: false }, here, there);
  t.equal(outcome(verdict), 'differs');
  t.match(verdict.seen.en, /^myk8s-worker, .* = 172\.18\.0\.1, once more$/);
});

t.test('$each is what it was when the command was typed, or the node where it was', async (t) => {
  const worker = output('10.10.1.1', { place: 'node/myk8s-worker' });
  const machine = output('10.10.1.1', { place: 'machine/myk8s-worker' });
  const each = output('10.10.2.1', { place: 'local', each: 'myk8s-worker2' });
  t.equal(outcome(judge({ has: '$each.gateway' }, worker, machine, each)), 'pass');
  t.equal(outcome(judge({ has: '$each.gateway' }, output('10.10.1.1'))), 'missing', 'another node has another');
  t.equal(outcome(judge({ has: '$each.gateway' }, output('', { place: 'local' }))), 'inconclusive', 'a place that is no node');
});

t.test('only of some places', async (t) => {
  const here = output('a');
  const there = output('b', { place: 'node/myk8s-worker' });
  t.equal(
    outcome(
      judge(
        [
          { on: 'client.node', has: 'a' },
          { on: 'worker', has: 'b' },
        ],
        here,
        there,
      ),
    ),
    'pass',
  );
  t.equal(outcome(judge({ on: 'worker', has: 'a' }, here)), 'missing', 'nothing was run there');
});

t.test('a command that failed, and none at all', async (t) => {
  t.equal(outcome(judge({ has: 'a' }, output('a', { exitCode: 2, stderr: 'no' }))), 'exit');
  t.equal(outcome(judge({ has: 'a' }, output('a', { ended: 'timeout', exitCode: null }))), 'exit');
  const refused = { output: 'shown', exit: 2, expect: [{ has: 'a' }] };
  t.equal(outcome(judgedOnWire(outputCheck, refused, { roles, outputs: { shown: [output('a', { exitCode: 2 })] } })), 'pass');
  t.equal(outcome(judge({ has: 'a' })), 'missing');
  t.equal(outcome(judgedOnWire(outputCheck, refused, { roles })), 'inconclusive', 'no such observation');
});

t.test('options', async (t) => {
  const valid = (want: unknown) => outputCheck.optionsSchema.safeParse({ output: 'x', expect: [want] }).success;
  t.ok(valid({ has: 'a' }));
  t.ok(valid({ find: '(a)', alike: true }));
  for (const want of [
    {},
    { has: 'a', lacks: 'b' },
    { at: ['a'] },
    { find: 'a' },
    { is: 'a' },
    { at: ['a'], is: 1, alike: true },
    { matches: '(' },
  ])
    t.notOk(valid(want), JSON.stringify(want));
});
