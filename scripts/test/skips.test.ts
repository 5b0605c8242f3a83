import { dirname } from 'node:path';
import t from 'tap';
import { isHonestSkip } from './skips.js';

t.test('only a missing program excuses a skip', async (t) => {
  const path = dirname(process.execPath);
  t.equal(isHonestSkip('needs no-such-program: reads captures', path), true);
  t.equal(isHonestSkip('needs node: runs programs', path), false, 'it is there');
  t.equal(isHonestSkip('needs sysctl: an ordinary user finds it in no folder of PATH', path), false, 'in /usr/sbin or /sbin');
  t.equal(isHonestSkip('needs node: a real cluster', path, ['node']), true, 'another command runs it');
  t.equal(isHonestSkip('needs node: runs programs', path, ['kind']), false);
  for (const reason of ['', 'slow', 'needs no-such-program', 'needs: x', 'later: needs no-such-program: y'])
    t.equal(isHonestSkip(reason, path), false, reason);
});
