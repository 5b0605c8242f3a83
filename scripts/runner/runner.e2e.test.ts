import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { packageRoot } from '../../src/cli/package-root.js';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';

const script = join(packageRoot, 'build', 'scripts', 'runner.js');

t.test('between two jobs: a cluster that one left running, and its run folder, are gone before the next', async (t) => {
  const folder = await temporaryFolder(t);
  const runs = join(folder, 'runs');
  // A state of the test's own, and no engine: nobody else's cluster is met.
  const env = { XDG_STATE_HOME: join(folder, 'state'), DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const runner = (...args: readonly string[]) =>
    execa(process.execPath, [script, ...args, '--runs', runs, '--min-free', '0'], {
      env: { ...env, NO_COLOR: '1' },
      reject: false,
      stdin: 'ignore',
    });
  t.teardown(() => svclab(['down', '--cluster', 'netns'], { env }));
  const job = await svclab(['run', 'cluster', '--keep', '--out', runs], { env });
  t.equal(job.exitCode, 0, job.stderr);

  const dirty = await runner('check');
  t.equal(dirty.exitCode, 3, dirty.stderr);
  t.match(dirty.stdout, /NOT OK {2}clusters: myk8s \(netns\) is running\n {8}npm run runner -- clean/);
  t.match(dirty.stdout, /NOT OK {2}runs: left: \d{4}-/);

  const prepared = await runner('prepare');
  t.equal(prepared.exitCode, 0, prepared.stdout + prepared.stderr);
  t.match(prepared.stdout, /ended: .*myk8s[\s\S]*removed: .*-cluster-[\s\S]*ok {6}clusters: none is running/);
  t.same(await readdir(runs), []);
  t.equal((await runner('clean')).exitCode, 0, 'again');
});

t.test('wrong usage', async (t) => {
  const end = await execa(process.execPath, [script, 'wash'], { reject: false, stdin: 'ignore' });
  t.equal(end.exitCode, 2);
  t.match(end.stderr, /one of prepare, check, clean, not 'wash'/);
  t.notMatch(end.stderr, /\n\s+at /);
});
