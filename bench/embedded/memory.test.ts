import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { descendants, treeMemory } from './memory.js';

t.test('all that is below a process, however deep', (t) => {
  const parents = new Map([
    [1, 0],
    [10, 1],
    [11, 10],
    [12, 11],
    [13, 10],
    [20, 1],
  ]);
  t.same([...descendants(parents, 10)].sort(), [11, 12, 13]);
  t.same(descendants(parents, 20), []);
  t.end();
});

t.test('the memory of a real child, and of its child', async (t) => {
  const script = 'const b = Buffer.alloc(50e6, 1); console.log(b.length); setInterval(() => b.length, 1000)';
  const child = spawn('sh', ['-c', '"$0" -e "$1" & wait', process.execPath, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  t.teardown(() => child.pid === undefined || process.kill(-child.pid, 'SIGKILL'));
  await once(child.stdout, 'data');
  const { rss, pss } = treeMemory(process.pid);
  t.ok(pss > 50 && pss < 500, `PSS ${pss} MB`);
  t.ok(rss >= pss && rss < 1000, `RSS ${rss} MB`);
});
