import t from 'tap';
import { svclab, temporaryFolder } from './testing/svclab.js';

t.test('in a terminal that was never told its size, a run ends and draws no more than elsewhere', async (t) => {
  // Without CI, and at a terminal that can move its cursor: elsewhere no progress is drawn, and nothing could go wrong.
  const inTerminal = [
    'env',
    '-u',
    'CI',
    'TERM=xterm',
    'sh',
    '-c',
    'exec timeout 60 script --quiet --return --command "stty cols 0; exec $*" /dev/null',
    'sh',
  ];
  // This lab waits for two seconds by the clock: on the fastest machine there is something to draw.
  const run = await svclab(['run', 'session-affinity', '--lang', 'en', '--out', await temporaryFolder(t)], { wrap: inTerminal });
  t.equal(run.exitCode, 0, run.stderr.slice(0, 1000));
  t.match(run.stdout, /exit +0:/);
  t.match(run.stdout, /\u001B\[/, 'it did pass for a terminal');
  t.ok(run.stdout.length < 200_000, `${run.stdout.length} characters`);
});
