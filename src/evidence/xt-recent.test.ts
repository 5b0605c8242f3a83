import t from 'tap';
import { parseRecent, renewedEntries } from './xt-recent.js';

const line = (list: string, address: string, ...stamps: readonly number[]) =>
  `/proc/net/xt_recent/${list}:src=${address} ttl: 64 last_seen: ${stamps.at(-1)} oldest_pkt: ${stamps.length} ${stamps.join(', ')}\n`;

t.test('lists with their entries', async (t) => {
  const text = line('KUBE-SEP-A', '10.10.0.5', 4295001200, 4295001234) + line('KUBE-SEP-B', '10.10.1.9', 17);
  t.same(parseRecent(text), [
    { list: 'KUBE-SEP-A', address: '10.10.0.5', lastSeen: 4295001234, stamps: 2 },
    { list: 'KUBE-SEP-B', address: '10.10.1.9', lastSeen: 17, stamps: 1 },
  ]);
  t.same(parseRecent(''), [], 'no list, or none with an entry');
});

t.test('what is no entry is not passed over', async (t) => {
  const good = line('KUBE-SEP-A', '10.10.0.5', 5);
  for (const bad of ['nonsense', good.replace('last_seen', 'seen').trim(), good.slice(0, -3), good.trim().replace('KUBE-SEP-A:', '')]) {
    t.throws(() => parseRecent(`${good}${bad}\n`), { name: 'UnreadableError', where: 'line 2' }, bad);
  }
});

t.test('made, renewed, or left alone', async (t) => {
  const before = parseRecent(line('A', '10.0.0.1', 5) + line('A', '10.0.0.2', 5) + line('B', '10.0.0.3', 7));
  const after = parseRecent(
    line('A', '10.0.0.1', 5, 9) + line('A', '10.0.0.2', 5) + line('B', '10.0.0.1', 5) + line('B', '10.0.0.3', 7, 7),
  );
  t.same(
    renewedEntries(before, after).map(({ list, address }) => `${list} ${address}`),
    ['A 10.0.0.1', 'B 10.0.0.1', 'B 10.0.0.3'],
    'a packet of the same jiffy shows by its stamp',
  );
});
