import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { waitFor } from '../core/wait.js';
import { machineState, processesIn, type SandboxNamespaces, sandboxOf } from './testing/machine.js';
import { start, svclab, temporaryFolder } from './testing/svclab.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const before = await machineState();

/** A user's state of its own, and no engine: nothing of the machine's real clusters is seen, or ended. */
async function user(t: Test): Promise<{ readonly state: string; readonly asked: typeof svclab; readonly starts: typeof start }> {
  const state = await temporaryFolder(t);
  const env = { XDG_STATE_HOME: state, DOCKER_HOST: 'unix:///dev/null/none' };
  const asked: typeof svclab = (args, options = {}) => svclab(args, { cwd: state, ...options, env: { ...env, ...options.env } });
  const starts: typeof start = (args, options = {}) => start(args, { cwd: state, ...options, env: { ...env, ...options.env } });
  t.teardown(async () => void (await asked(['down', '--cluster', 'netns'])));
  return { state, asked, starts };
}

t.test('up, status, down', async (t) => {
  const { asked, state } = await user(t);
  const up = await asked(['up', 'clusterip', '--json']);
  t.equal(up.exitCode, 0, up.stderr);
  t.match(up.stderr, /· cluster …[\s\S]*· workloads …/);
  const made = JSON.parse(up.stdout);
  t.match(made, { provider: 'netns', name: 'myk8s', lab: 'clusterip', changed: true });
  const [perl = '', enter = ''] = made.enter;
  const answer = await svclab([], { wrap: [perl, enter, 'pod.default.net-pod', 'curl', '-sS', 'http://10.10.1.2/', '--'] });
  t.match(answer.stdout, /^Hostname: webpod1/m, 'the workloads are in it');

  const shown = await asked(['status', '--cluster', 'netns']);
  t.equal(shown.exitCode, 0, shown.stderr);
  t.match(shown.stdout, /^myk8s \(netns\): running\n/);
  t.match(shown.stdout, /myk8s-worker3 +running +172\.18\.0\.5/);
  t.match(shown.stdout, new RegExp(`\\$ ${made.enter.join(' ')}\n[\\s\\S]*\\$ ${made.end.join(' ')}\n`));
  const { clusters } = JSON.parse((await asked(['status', '--json'])).stdout);
  t.match(clusters, [{ provider: 'netns', name: 'myk8s', state: 'running', ours: true, enter: made.enter, end: made.end }]);
  t.equal(clusters[0].nodes.length, 4);

  const again = await asked(['up', '--json']);
  t.equal(again.exitCode, 0, again.stderr);
  t.match(JSON.parse(again.stdout), { changed: false, enter: made.enter, end: made.end }, 'it is the same one');
  const fresh = await asked(['up', '--fresh', '--json']);
  t.equal(fresh.exitCode, 0, fresh.stderr);
  const renewed = JSON.parse(fresh.stdout);
  t.equal(renewed.changed, true);
  t.notSame(renewed.end, made.end);
  t.equal(JSON.parse((await asked(['status', '--json'])).stdout).clusters.length, 1, 'and it is the only one');

  const down = await asked(['down', '--cluster', 'netns']);
  t.equal(down.exitCode, 0, down.stderr);
  t.equal(down.stdout, `ended: myk8s (pid ${renewed.end.at(-1)}), netns\n`);
  t.match(await asked(['status', '--cluster', 'netns']), { exitCode: 0, stdout: 'no cluster is there\n' });
  t.match(await asked(['down', '--cluster', 'netns']), { exitCode: 0, stdout: /nothing to end/ });
  t.same(readdirSync(join(state, 'svclab', 'clusters')), []);
});

t.test('what a run kept is there too, and no run minds it', async (t) => {
  const { asked, state } = await user(t);
  const out = join(state, 'runs');
  const kept = await asked(['run', 'clusterip', '--keep', '--requests', '30', '--out', out]);
  t.match(kept.stdout, /svclab\/enter/, kept.stderr);
  const run = await asked(['run', 'clusterip', '--fresh', '--out', out]);
  t.equal(run.exitCode, 0, run.stderr);
  const { clusters } = JSON.parse((await asked(['status', '--json'])).stdout);
  t.equal(clusters.length, 1, "a run's cluster is new in any case: the kept one stays, and no other is left");
  t.ok(kept.stdout.includes(clusters[0].end.join(' ')), 'the very one');
  t.match(await asked(['down', '--cluster', 'netns']), { exitCode: 0, stdout: /^ended: myk8s/ });
});

for (const moment of ['· cluster', '· workloads']) {
  t.test(`Ctrl-C at '${moment}' of up leaves nothing`, async (t) => {
    const { asked, starts } = await user(t);
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
    await waitFor('the end of the sandbox', async () => ((await processesIn(inside)).length === 0 ? true : undefined), {
      intervalMs: 5,
      timeoutMs: 20_000,
    });
    t.same(JSON.parse((await asked(['status', '--json'])).stdout).clusters, []);
  });
}

t.test('what cannot be made leaves nothing, and says why', async (t) => {
  const { asked } = await user(t);
  const wrap = ['setpriv', '--no-new-privs', 'unshare', '--user', '--map-root-user', 'sh', '-c'];
  const refused = await asked(['up'], { wrap: [...wrap, 'echo 0 >/proc/sys/user/max_pid_namespaces; exec "$@"', 'sh'] });
  t.equal(refused.exitCode, 3, refused.stderr);
  t.match(refused.stderr, /namespaces/);
  t.equal(refused.stdout, '');
  t.same(JSON.parse((await asked(['status', '--json'])).stdout).clusters, []);
});

t.test('the machine itself is as it was', async (t) => {
  t.same(await machineState(), before);
});

function firstSandbox(pid: number): Promise<SandboxNamespaces> {
  return waitFor('a sandbox', () => sandboxOf(pid), { intervalMs: 1, timeoutMs: 20_000 });
}
