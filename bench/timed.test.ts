import t from 'tap';
import { timed } from './timed.js';

const options = { env: process.env, signal: new AbortController().signal };

t.test('how long a command took, and when each line came', async (t) => {
  const { ms, lines } = await timed(['sh', '-c', 'echo one; sleep 0.1; echo two'], options);
  t.same(
    lines.map(({ text }) => text),
    ['one', 'two'],
  );
  const [one, two] = lines;
  t.ok(one !== undefined && two !== undefined && one.atMs <= two.atMs && two.atMs <= ms, 'in the order in which they came');
  t.ok(ms >= 100, 'no shorter than what it slept');
});

t.test('a command that fails has no time', async (t) => {
  await t.rejects(timed(['sh', '-c', 'echo wrong >&2; exit 3'], options), { message: /ended with 3: wrong/ });
  await t.rejects(timed(['no-such-command'], options), { code: 'ENOENT' });
});

t.test('unless failing is what it should do', async (t) => {
  t.ok((await timed(['sh', '-c', 'exit 2'], { ...options, exitCode: 2 })).ms > 0);
});

t.test('an abort ends the command', async (t) => {
  const controller = new AbortController();
  const running = timed(['sleep', '60'], { ...options, signal: controller.signal });
  controller.abort();
  await t.rejects(running, { name: 'AbortError' });
});
