import t from 'tap';
import { parseIptablesSave } from './iptables/parse.js';
import type { Ruleset } from './model.js';
import { dnatDestination, targetOf } from './rule-parts.js';
import { fixtureText } from './testing/fixtures.js';
import { type Way, walk } from './walk.js';
import { matchRule, type Packet } from './walk-match.js';

const real = parseIptablesSave(fixtureText('myk8s-control-plane.iptables-save'));
const isLocal = (address: string) => ['10.10.0.1', '172.18.0.4', '127.0.0.1'].includes(address);
const packet: Packet = {
  src: '10.10.0.5',
  dst: '10.200.1.164',
  protocol: 'tcp',
  sport: 40_000,
  dport: 9000,
  mark: 0,
  ctstate: ['NEW'],
  isLocal,
};

/** Where the ways end, and how likely each is. */
const ends = (ways: readonly Way[]) =>
  ways.map(({ verdict, probability }) => ['to' in verdict ? verdict.to : verdict.kind, probability.toFixed(6)]);

t.test('a pod to a ClusterIP: one way for each endpoint', async (t) => {
  const ways = walk(real, 'nat', 'PREROUTING', packet);
  t.same(ends(ways), [
    ['10.10.1.2:80', '0.333333'],
    ['10.10.2.2:80', '0.333333'],
    ['10.10.3.2:80', '0.333333'],
  ]);
  for (const { visits, mark } of ways) {
    t.same(
      visits.filter(({ matched }) => matched).map(({ rule }) => rule.chain.replace(/-[A-Z0-9]{16}$/, '')),
      ['PREROUTING', 'KUBE-SERVICES', 'KUBE-SVC', 'KUBE-SEP'],
    );
    t.equal(mark, 0);
  }
  t.equal(ways[2]?.visits.filter(({ rule }) => rule.chain.startsWith('KUBE-SVC-')).length, 4);
});

t.test('from outside the pods’ range: marked for masquerade', async (t) => {
  const ways = walk(real, 'nat', 'PREROUTING', { ...packet, src: '172.18.0.9' });
  t.equal(ways.length, 3);
  for (const { mark, visits } of ways) {
    t.equal(mark, 0x4000);
    t.ok(visits.some(({ rule, matched }) => matched && targetOf(rule) === 'KUBE-MARK-MASQ'));
  }
});

t.test('a pod that reaches itself is masqueraded', async (t) => {
  const ways = walk(real, 'nat', 'PREROUTING', { ...packet, src: '10.10.1.2' });
  t.same(
    ways.map(({ mark }) => mark),
    [0x4000, 0, 0],
  );
});

t.test('a node port, on an address of the node only', async (t) => {
  const toNode: Packet = { ...packet, src: '172.18.0.9', dst: '172.18.0.4', dport: 31_812 };
  const ways = walk(real, 'nat', 'PREROUTING', toNode);
  t.same(ends(ways), [
    ['10.10.1.3:8080', '0.333333'],
    ['10.10.2.3:8080', '0.333333'],
    ['10.10.3.3:8080', '0.333333'],
  ]);
  t.ok(ways.every(({ mark }) => mark === 0x4000));
  t.match(walk(real, 'nat', 'PREROUTING', { ...toNode, dst: '172.18.0.5' }), [
    { verdict: { kind: 'policy', policy: 'ACCEPT' }, probability: 1 },
  ]);
});

t.test('KUBE-POSTROUTING lets the unmarked go and masquerades the rest', async (t) => {
  t.match(walk(real, 'nat', 'KUBE-POSTROUTING', packet), [{ verdict: { kind: 'return' } }]);
  t.match(walk(real, 'nat', 'KUBE-POSTROUTING', { ...packet, mark: 0x4000 }), [{ verdict: { kind: 'masquerade' }, mark: 0 }]);
});

t.test('the filter table', async (t) => {
  const translated: Packet = { ...packet, dst: '10.10.1.2', dport: 80, ctstate: ['NEW', 'DNAT'] };
  const [first] = walk(real, 'filter', 'FORWARD', translated);
  t.match(first?.verdict, { kind: 'policy', policy: 'ACCEPT' });
  t.ok(first?.visits.some(({ rule }) => rule.chain === 'KUBE-FORWARD'));
  t.match(walk(real, 'filter', 'FORWARD', { ...translated, ctstate: ['ESTABLISHED', 'DNAT'] }), [{ verdict: { kind: 'accept' } }]);
  t.match(walk(real, 'filter', 'FORWARD', { ...translated, ctstate: ['INVALID'] }), [{ verdict: { kind: 'drop' } }]);
  t.match(walk(real, 'filter', 'INPUT', { ...packet, src: '172.18.0.9', dst: '127.0.0.1' }), [{ verdict: { kind: 'drop' } }]);
});

t.test('one way, when the chances are decided', async (t) => {
  const asked: string[] = [];
  const ways = walk(real, 'nat', 'PREROUTING', packet, {
    choose: (probability) => {
      asked.push(probability.toFixed(2));
      return asked.length === 2;
    },
  });
  t.same(ends(ways), [['10.10.2.2:80', '0.333333']]);
  t.same(asked, ['0.33', '0.50']);
});

t.test('the ways make 1 together', async (t) => {
  const total = walk(real, 'nat', 'OUTPUT', packet).reduce((sum, { probability }) => sum + probability, 0);
  t.ok(Math.abs(total - 1) < 1e-12);
});

t.test('what is unknown ends the way and is named, unless another match fails', async (t) => {
  const unknown = withRules('-m string --string x --algo bm -j ACCEPT', '-j DROP');
  t.match(walk(unknown, 'filter', 'T', packet), [{ verdict: { kind: 'unknown', what: '-m string', rule: { chain: 'T' } }, visits: [] }]);
  t.match(walk(withRules('-p udp -m string --string x --algo bm -j ACCEPT', '-j DROP'), 'filter', 'T', packet), [
    { verdict: { kind: 'drop' } },
  ]);
  for (const [rule, what] of [
    ['-i eth0 -j ACCEPT', '-i eth0'],
    ['-m statistic --mode nth --every 2 --packet 0 -j ACCEPT', '-m statistic'],
    ['-m recent --rcheck --name L -j ACCEPT', '-m recent --name L'],
    ['-m addrtype --dst-type MULTICAST -j ACCEPT', '--dst-type MULTICAST'],
    ['-p tcp -m tcp --tcp-flags SYN SYN -j ACCEPT', '--tcp-flags SYN SYN'],
    ['-m conntrack --ctorigdst 10.0.0.1 -j ACCEPT', '--ctorigdst 10.0.0.1'],
    ['-j TPROXY --on-port 1', '-j TPROXY'],
    ['-j CONNMARK --save-mark', '-j CONNMARK'],
  ] as const) {
    t.match(walk(withRules(rule), 'filter', 'T', packet), [{ verdict: { kind: 'unknown', what } }], rule);
  }
});

t.test('each match that is known', async (t) => {
  const matches = (rule: string, change: Partial<Packet> = {}) => {
    const [made] = withRules(rule).tables[0]?.chains[0]?.rules ?? [];
    return made === undefined ? undefined : matchRule(made, { ...packet, ...change });
  };
  const yes = { kind: 'yes', probability: 1 };
  const no = { kind: 'no' };
  t.same(matches('! -s 10.10.0.0/16'), no);
  t.same(matches('! -s 10.11.0.0/16 -d 10.200.1.164'), yes);
  t.same(matches('-p 6'), yes);
  t.same(matches('! -p tcp'), no);
  t.same(matches('-i eth+', { inInterface: 'eth0' }), yes);
  t.same(matches('-o lo', { outInterface: 'eth0' }), no);
  t.same(matches('-f'), no);
  t.same(matches('! -f'), yes);
  t.same(matches('-p tcp -m tcp --sport 1000: --dport 8999:9001'), yes);
  t.same(matches('-p tcp -m tcp ! --dport 9000'), no);
  t.same(matches('-p tcp -m multiport --dports 80,9000:9001'), yes);
  t.same(matches('-p tcp -m multiport --sports 80'), no);
  t.same(matches('-m mark --mark 0x4/0xc', { mark: 0xf4 }), yes);
  t.same(matches('-m mark ! --mark 0x4000/0x4000', { mark: 0x4000 }), no);
  t.same(matches('-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', { ctstate: ['NEW', 'DNAT'] }), no);
  t.same(matches('-m state --state NEW'), yes);
  t.same(matches('-m addrtype --src-type LOCAL', { src: '172.18.0.4' }), yes);
  t.same(matches('-m addrtype ! --dst-type LOCAL'), yes);
  t.same(matches('-m recent --set --name L'), yes);
  t.same(matches('-m recent --rcheck --seconds 9 --name L', { inRecentList: (list) => list === 'L' }), yes);
  t.same(matches('-m nfacct --nfacct-name  x -m comment --comment "-j DROP"'), yes);
  t.same(matches('-m statistic --mode random ! --probability 0.25'), { kind: 'yes', probability: 0.75 });
});

t.test('RETURN, goto, marks and targets', async (t) => {
  const text = [
    '*nat',
    ':OUTPUT DROP [0:0]',
    ':A - [0:0]',
    ':B - [0:0]',
    '-A OUTPUT -j LOG',
    '-A OUTPUT -j A',
    '-A OUTPUT -m mark --mark 0x3 -j SNAT --to-source 1.2.3.4',
    '-A OUTPUT -g B',
    '-A OUTPUT -j ACCEPT',
    '-A A -j MARK --set-xmark 0x3/0xffffffff',
    '-A A -m statistic --mode random --probability 0.5 -j RETURN',
    '-A A -j MARK --set-xmark 0x1/0x0',
    '-A B -p udp -j DROP',
    'COMMIT',
    '',
  ].join('\n');
  t.match(walk(parseIptablesSave(text), 'nat', 'OUTPUT', packet), [
    { verdict: { kind: 'snat', to: '1.2.3.4' }, mark: 3, probability: 0.5 },
    // `-g` does not come back to OUTPUT: its policy decides.
    { verdict: { kind: 'policy', policy: 'DROP' }, mark: 2, probability: 0.5 },
  ]);
});

t.test('what the kernel would not take', async (t) => {
  t.throws(() => walk(withRules('-j T'), 'filter', 'T', packet), /in a circle/);
  t.throws(() => walk(real, 'nat', 'NOWHERE', packet), /no chain NOWHERE/);
});

t.test('every DNAT rule of the Service is reached', async (t) => {
  const reached = walk(real, 'nat', 'PREROUTING', packet).map(({ visits }) => visits.at(-1)?.rule);
  t.same(
    reached.map((rule) => rule && dnatDestination(rule)),
    ['10.10.1.2:80', '10.10.2.2:80', '10.10.3.2:80'],
  );
});

function withRules(...rules: readonly string[]): Ruleset {
  return parseIptablesSave(['*filter', ':T - [0:0]', ...rules.map((rule) => `-A T ${rule}`), 'COMMIT', ''].join('\n'));
}
