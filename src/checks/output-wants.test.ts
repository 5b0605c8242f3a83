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

t.test('what is shown of an output that is as it should be', async (t) => {
  const there = judge({ has: '$worker.podCIDR via $worker.address' }, output(route));
  t.equal(there.status, 'pass');
  t.equal(there.seen.en, '10.10.1.0/24 via 172.18.0.3 dev eth0');
  t.equal(judge({ matches: '^10\\.10\\.2' }, output(route)).seen.en, '10.10.2.0/24 via 172.18.0.4 dev eth0');
  t.equal(judge({ lacks: 'default' }, output(route)).seen.en, 'not in 1 output');
  const many = Array.from({ length: 10 }, (_, i) => `dev e${i}`).join('\n');
  t.match(judge({ find: 'dev (e\\d)', alike: false }, output(many)).seen.en, /e6, e7 and 2 more$/);
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

t.test('what can be asked of values', async (t) => {
  const valid = (want: unknown) => outputCheck.optionsSchema.safeParse({ output: 'x', expect: [want] }).success;
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
