import t from 'tap';
import { inParts } from './inside.js';

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
