import { join } from 'node:path';
import t from 'tap';
import { machineState } from './testing/machine.js';
import { user } from './testing/own-state.js';
import { svclab } from './testing/svclab.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const before = await machineState();

t.test('up, status, down', async (t) => {
  const { asked, records } = await user(t);
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
  const { clusters } = JSON.parse((await asked(['status', '--cluster', 'netns', '--json'])).stdout);
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
  t.equal(JSON.parse((await asked(['status', '--cluster', 'netns', '--json'])).stdout).clusters.length, 1, 'and it is the only one');

  const down = await asked(['down', '--cluster', 'netns']);
  t.equal(down.exitCode, 0, down.stderr);
  t.equal(down.stdout, `ended: myk8s (pid ${renewed.end.at(-1)}), netns\n`);
  t.match(await asked(['status', '--cluster', 'netns']), { exitCode: 0, stdout: 'no cluster is there\n' });
  t.match(await asked(['down', '--cluster', 'netns']), { exitCode: 0, stdout: /nothing to end/ });
  t.same(records(), []);
});

t.test('what a run kept is there too, and no run minds it', async (t) => {
  const { asked, state } = await user(t);
  const out = join(state, 'runs');
  const kept = await asked(['run', 'clusterip', '--keep', '--requests', '30', '--out', out]);
  t.match(kept.stdout, /svclab\/enter/, kept.stderr);
  const run = await asked(['run', 'clusterip', '--fresh', '--out', out]);
  t.equal(run.exitCode, 0, run.stderr);
  const { clusters } = JSON.parse((await asked(['status', '--cluster', 'netns', '--json'])).stdout);
  t.equal(clusters.length, 1, "a run's cluster is new in any case: the kept one stays, and no other is left");
  t.ok(kept.stdout.includes(clusters[0].end.join(' ')), 'the very one');
  t.match(await asked(['down', '--cluster', 'netns']), { exitCode: 0, stdout: /^ended: myk8s/ });
});

t.test('the machine itself is as it was', async (t) => {
  t.same(await machineState(), before);
});
