import t from 'tap';
import { inParts } from './restore-rules.js';

t.test('a text of many rules in parts: chains first, every rule once, in order, table by table', async (t) => {
  const rules = Array.from({ length: 301 }, (_, i) => `-A KUBE-SERVICES -m comment --comment ${i} -j RETURN`);
  const nat = ['*nat', ':KUBE-SERVICES - [0:0]', ':KUBE-MARK-MASQ - [0:0]', ...rules, '-X KUBE-SVC-GONE', 'COMMIT', ''].join('\n');
  const parts = inParts(`*filter\n:KUBE-FORWARD - [0:0]\n-A KUBE-FORWARD -j ACCEPT\nCOMMIT\n${nat}`);
  t.equal(parts.length, 2 + 4);
  t.ok(parts.every((part) => part.endsWith('\nCOMMIT\n')));
  t.same(parts.slice(0, 3), [
    '*filter\n:KUBE-FORWARD - [0:0]\nCOMMIT\n',
    '*filter\n-A KUBE-FORWARD -j ACCEPT\nCOMMIT\n',
    '*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\nCOMMIT\n',
  ]);
  const inNat = parts.slice(3).flatMap((part) => part.split('\n').filter((line) => line.startsWith('-')));
  t.same(inNat, [...rules, '-X KUBE-SVC-GONE']);
});

t.test('thousands of chains in parts too', async (t) => {
  const chains = Array.from({ length: 400 }, (_, i) => `:KUBE-SVC-${i} - [0:0]`);
  const parts = inParts(['*nat', ...chains, 'COMMIT', ''].join('\n'));
  t.equal(parts.length, 3);
  t.same(
    parts.flatMap((part) => part.split('\n').filter((line) => line.startsWith(':'))),
    chains,
  );
});

t.test('a chain is filled before a rule leads to it, each in its own order, and what is deleted goes last', async (t) => {
  const services = Array.from({ length: 200 }, (_, i) => [
    `-A KUBE-SERVICES -d 10.96.0.${i} -j KUBE-SVC-${i}`,
    `-A KUBE-SVC-${i} ! -s 10.10.0.0/16 -d 10.96.0.${i} -j KUBE-MARK-MASQ`,
    `-A KUBE-SVC-${i} -m statistic --mode random --probability 0.5 -j KUBE-SEP-${i}`,
    `-A KUBE-SVC-${i} -j KUBE-SEP-${i}`,
    `-A KUBE-SEP-${i} -j DNAT --to-destination 10.10.1.${i}:80`,
  ]).flat();
  const rules = ['-A PREROUTING -j KUBE-SERVICES', ...services, '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000'];
  const parts = inParts(['*nat', ...rules, '-X KUBE-SVC-GONE', '-X KUBE-SEP-GONE', 'COMMIT', ''].join('\n'));
  const lines = parts.flatMap((part) => part.split('\n').filter((line) => line.startsWith('-')));

  t.same([...lines].sort(), [...rules, '-X KUBE-SVC-GONE', '-X KUBE-SEP-GONE'].sort(), 'every line once');
  t.same(lines.slice(-2), ['-X KUBE-SVC-GONE', '-X KUBE-SEP-GONE']);
  t.equal(lines.at(-3), '-A PREROUTING -j KUBE-SERVICES', 'the hook leads there last');
  const inChain = (all: readonly string[], chain: string) => all.filter((line) => line.startsWith(`-A ${chain} `));
  for (const chain of ['KUBE-SERVICES', 'KUBE-SVC-7', 'KUBE-SVC-199']) t.same(inChain(lines, chain), inChain(rules, chain), chain);
  const complete = new Map(lines.map((line, i) => [line.split(' ')[1], i]));
  const early = lines.filter((line, i) => (complete.get(/ -j (KUBE-\S+)/.exec(line)?.[1]) ?? -1) >= i);
  t.same(early, [], 'no rule leads to a chain that is not full');
});

t.test('chains that lead to each other have every rule once', async (t) => {
  const rules = ['-A A -j B', '-A B -g A', '-A B -j ACCEPT'];
  const [part = ''] = inParts(['*filter', ...rules, 'COMMIT', ''].join('\n'));
  t.same(part.split('\n').slice(1, -2).sort(), [...rules].sort());
});
