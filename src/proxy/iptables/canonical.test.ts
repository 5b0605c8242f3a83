import t from 'tap';
import { fixtureText, realNodes } from '../testing/fixtures.js';
import { canonicalRule, kernelProbability } from './canonical.js';

t.test('what iptables-save prints is canonical already', async (t) => {
  for (const node of realNodes) {
    const rules = fixtureText(`${node}.iptables-save`)
      .split('\n')
      .filter((line) => line.startsWith('['));
    t.ok(rules.length > 50);
    for (const rule of rules) {
      // The nfacct match prints one blank too many.
      const shown = rule.replace(/^\[\d+:\d+\] /, '').replace('--nfacct-name  ', '--nfacct-name ');
      t.equal(canonicalRule(rule), shown);
    }
  }
});

t.test('what is written for iptables-restore becomes what iptables-save shows', async (t) => {
  // Right: seen from iptables 1.8.9 after loading the left.
  const pairs = [
    ['-A F -m comment --comment "a b" -s 10.0.0.1 -j DROP', '-A F -s 10.0.0.1/32 -m comment --comment "a b" -j DROP'],
    [
      '-A F -m comment --comment plain -m tcp -p tcp --dport 80 -j REJECT',
      '-A F -p tcp -m comment --comment plain -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
    ],
    [
      '-A F -m recent --name X --rcheck --seconds 10800 --reap -j RETURN',
      '-A F -m recent --rcheck --seconds 10800 --reap --name X --mask 255.255.255.255 --rsource -j RETURN',
    ],
    ['-A F -m recent --name X --set -j RETURN', '-A F -m recent --set --name X --mask 255.255.255.255 --rsource -j RETURN'],
    ['-A F -s 0.0.0.0/0 -i eth+ ! -o lo -j ACCEPT', '-A F -i eth+ ! -o lo -j ACCEPT'],
    [
      '-A F -m mark ! --mark 0x00004000/0x00004000 -m addrtype --dst-type LOCAL ! -d 127.0.0.0/8 -j DROP',
      '-A F ! -d 127.0.0.0/8 -m mark ! --mark 0x4000/0x4000 -m addrtype --dst-type LOCAL -j DROP',
    ],
    [
      '-A F -m statistic --mode random --probability 0.0009990010 -j RETURN',
      '-A F -m statistic --mode random --probability 0.00099900085 -j RETURN',
    ],
    ['-A F -m conntrack --ctstate DNAT,NEW,INVALID -j RETURN', '-A F -m conntrack --ctstate INVALID,NEW,DNAT -j RETURN'],
    ['-A F -j MARK --xor-mark 0x00004000', '-A F -j MARK --set-xmark 0x4000/0x0'],
    ['-A F -j MARK --or-mark 0x00004000', '-A F -j MARK --set-xmark 0x4000/0x4000'],
    ['-A F -j MARK --and-mark 0xff', '-A F -j MARK --set-xmark 0x0/0xffffff00'],
    ['-A F -m mark --mark 5 -j MARK --set-mark 0x1', '-A F -m mark --mark 0x5 -j MARK --set-xmark 0x1/0xffffffff'],
    ['-A F -p tcp --dport 80:90 --sport 1000 -j RETURN', '-A F -p tcp -m tcp --sport 1000 --dport 80:90 -j RETURN'],
    [
      '-A F -m comment --comment "-x" -m comment --comment "!" -j RETURN',
      '-A F -m comment --comment -x -m comment --comment "!" -j RETURN',
    ],
    ['-A F -s 10.1.2.3/255.255.0.0 -g G', '-A F -s 10.1.0.0/16 -g G'],
    ['-A F', '-A F'],
  ] as const;
  for (const [written, shown] of pairs) t.equal(canonicalRule(written), shown);
});

t.test('a probability in steps of 2^-31', async (t) => {
  t.equal(kernelProbability(0.3333333333).toFixed(11), '0.33333333349');
  t.equal(kernelProbability(0.5), 0.5);
  t.equal(kernelProbability(0.1428571429).toFixed(11), '0.14285714272');
});
