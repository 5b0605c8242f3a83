import t from 'tap';
import { parseDrops } from './drops.js';
import { fixture } from './testing/fixture.js';

t.test('what tcpdump said at its end', async (t) => {
  t.same(parseDrops(fixture('nat/router.stderr').toString()), { captured: 44, received: 44, droppedByKernel: 0 });
  const all = '1 packet captured\n24 packets received by filter\n3 packets dropped by kernel\n1 packet dropped by interface\n';
  t.same(parseDrops(all), { captured: 1, received: 24, droppedByKernel: 3, droppedByInterface: 1 });
});

t.test('a line that is missing is no zero', async (t) => {
  t.same(parseDrops(''), {});
  t.same(parseDrops('tcpdump: listening on any\n12 packets captured\n'), { captured: 12 });
  t.same(parseDrops('tcpdump: 12 packets dropped by kernel, they say\n'), {});
});
