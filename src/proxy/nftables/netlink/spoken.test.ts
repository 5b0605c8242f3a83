import t from 'tap';
import { kubeProxyTransactions } from '../../testing/fixtures.js';
import { isSpoken } from './spoken.js';
import { transactions } from './transactions.js';

const rule = (statements: string) => `add rule ip kube-proxy service-x ${statements}`;

t.test('what a ClusterIP needs is spoken', async (t) => {
  for (const line of [
    'add chain ip kube-proxy service-ABCDEFGH-shop/web/tcp/http',
    'flush chain ip kube-proxy service-ABCDEFGH-shop/web/tcp/http',
    'add element ip kube-proxy cluster-ips { 10.200.1.50 }',
    'add element ip kube-proxy service-ips { 10.200.1.50 . sctp . 80 : goto service-x }',
    rule('ip daddr 10.200.1.50 tcp dport 80 jump mark-for-masquerade'),
    rule('ip daddr 10.200.1.50 tcp dport 80 ip saddr != 10.10.0.0/16 jump mark-for-masquerade'),
    rule('meta l4proto udp dnat to 10.10.1.2:53'),
    rule('numgen random mod 2 vmap { 0 : goto endpoint-a , 1 : goto endpoint-b }'),
    rule('goto service-y'),
  ])
    t.ok(isSpoken(line), line);
});

t.test('nothing else is', async (t) => {
  for (const line of [
    '',
    'flush table ip kube-proxy',
    'add chain ip kube-proxy nat-output { type nat hook output priority -100 ; }',
    'add chain ip other service-x',
    'add chain ip6 kube-proxy service-x',
    'delete element ip kube-proxy cluster-ips { 10.200.1.50 }',
    'add element ip kube-proxy no-endpoint-services { 10.200.1.50 . tcp . 80 comment "shop/web" : goto reject-chain }',
    'add element ip kube-proxy service-nodeports { tcp . 30000 : goto external-x }',
    'add element ip kube-proxy no-endpoint-services { 10.200.1.50 . tcp . 80 : drop }',
    rule('ip saddr @affinity-x goto endpoint-a'),
    rule('fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"'),
    rule('jump mark-for-masquerade comment "why"'),
    rule('ip saddr != { 10.0.0.0/8 , 172.16.0.0/12 } drop'),
    rule('numgen random mod 2 vmap { 0 : goto endpoint-a , 1 : drop }'),
    rule('update @affinity-x { ip saddr }'),
    `${rule('goto service-y')}\nflush ruleset`,
  ])
    t.notOk(isSpoken(line), line);
});

t.test('of what kube-proxy v1.31.0 itself writes, every line is either not spoken or can be said whole', async (t) => {
  const lines = new Set(kubeProxyTransactions().flatMap(({ texts }) => texts.flatMap((text) => text.split('\n'))));
  const spoken = [...lines].filter(isSpoken);
  t.ok(spoken.length > 500 && spoken.length < lines.size);
  const said = new Set([...transactions(spoken, 'x', 100_000)].flatMap(({ lines: of }) => [...of.values()]));
  t.same(said, new Set(spoken));
});
