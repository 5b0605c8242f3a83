import t from 'tap';
import { waitFor } from '../core/wait.js';
import { machineState, processesIn, type SandboxNamespaces, sandboxOf, ticksNow } from './testing/machine.js';
import { user } from './testing/own-state.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const before = await machineState();

for (const moment of ['· cluster', '· workloads']) {
  t.test(`Ctrl-C at '${moment}' of up leaves nothing`, async (t) => {
    const { starts, records } = await user(t);
    const run = starts(['up', 'clusterip']);
    const sandbox = firstSandbox(run.pid);
    await run.says(moment);
    const inside = await sandbox;
    run.kill('SIGINT');
    const end = await run.finished;
    t.equal(end.exitCode, 130, end.stderr);
    t.equal(end.stdout, '');
    t.match(end.stderr, /interrupted by SIGINT/);
    t.notMatch(end.stderr, /\n\s+at /, 'no stack trace');
    const ended = await ticksNow();
    await waitFor('the end of the sandbox', async () => ((await processesIn(inside, ended)).length === 0 ? true : undefined), {
      intervalMs: 5,
      timeoutMs: 20_000,
    });
    t.same(records(), []);
  });
}

t.test('what cannot be made leaves nothing, and says why', async (t) => {
  const { asked, records } = await user(t);
  const wrap = ['setpriv', '--no-new-privs', 'unshare', '--user', '--map-root-user', 'sh', '-c'];
  const refused = await asked(['up'], { wrap: [...wrap, 'echo 0 >/proc/sys/user/max_pid_namespaces; exec "$@"', 'sh'] });
  t.equal(refused.exitCode, 3, refused.stderr);
  t.match(refused.stderr, /namespaces/);
  t.equal(refused.stdout, '');
  t.same(records(), []);
});

t.test('the machine itself is as it was', async (t) => {
  t.same(await machineState(), before);
});

function firstSandbox(pid: number): Promise<SandboxNamespaces> {
  return waitFor('a sandbox', () => sandboxOf(pid), { intervalMs: 1, timeoutMs: 20_000 });
}
