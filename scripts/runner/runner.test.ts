import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { temporaryFolder } from '../../src/cli/testing/svclab.js';
import { UsageError } from '../../src/core/errors.js';
import { readArguments } from './arguments.js';
import { check } from './check.js';
import { clean } from './clean.js';
import { programs } from './programs.js';

interface Machine {
  /** What `svclab status --json` and `svclab doctor --json` say, and how `down` ends. */
  readonly clusters?: readonly unknown[];
  readonly findings?: readonly unknown[];
  readonly down?: number;
  /** Names of containers and volumes with svclab's label; no engine at all where undefined. */
  readonly engine?: { readonly containers: string; readonly volumes: string; readonly stuck?: string };
}

/** A machine of stand-ins: a svclab and a docker that write down what they are asked, a folder of runs, and what they hold as files. */
async function machine(t: Test, { clusters = [], findings = [], down = 0, engine }: Machine = {}) {
  const folder = await temporaryFolder(t);
  const [bin, runs] = [join(folder, 'bin'), join(folder, 'runs')];
  await mkdir(bin);
  await mkdir(runs);
  const program = async (name: string, text: string) => {
    await writeFile(join(bin, name), `#!/bin/bash\necho "${name} $*" >>'${folder}/log'\ncd '${folder}'\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  };
  await writeFile(join(folder, 'status'), JSON.stringify({ clusters, unavailable: [] }));
  await writeFile(join(folder, 'doctor'), JSON.stringify({ clusters: [{ kind: 'netns', ready: true, findings }] }));
  await program('svclab', `case $1 in down) echo 'ended: myk8s, netns'; exit ${down} ;; *) cat "$1" ;; esac`);
  if (engine !== undefined) {
    await writeFile(join(folder, 'containers'), engine.containers);
    await writeFile(join(folder, 'volumes'), engine.volumes);
    await program(
      'docker',
      `case "$1 $2" in
  'version '*) echo 28 ;;
  'ps --all') cat containers ;;
  'volume ls') cat volumes ;;
  'rm --force') [ "$4" != '${engine.stuck ?? ''}' ] || { echo 'device or resource busy' >&2; exit 1; }; sed -i "/^$4$/d" containers ;;
  'volume rm') sed -i "/^$3$/d" volumes ;;
  *) exit 9 ;;
esac`,
    );
  }
  const made = programs([join(bin, 'svclab')], { ...process.env, PATH: `${bin}:/usr/bin:/bin` });
  const log = async () => (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
  // Where there is no engine, there may be one on this machine: it is not asked.
  const docker = engine === undefined ? async () => ({ code: 127, stdout: '', stderr: '' }) : made.docker;
  return { folder, runs, log, programs: { svclab: made.svclab, docker } };
}

const options = (runs: string) => ({ runs, minFree: 0, cluster: 'netns' });
const notOk = (findings: Awaited<ReturnType<typeof check>>) =>
  findings.filter(({ ok }) => !ok).map(({ what, detail }) => `${what}: ${detail}`);

t.test('clean: svclab first, then what carries its labels, then its run folders; and nothing the second time', async (t) => {
  const here = await machine(t, { engine: { containers: 'aaa\nbbb\n', volumes: 'svclab-myk8s\n' } });
  await mkdir(join(here.runs, '2026-01-02T03-04-05-clusterip-abc123', 'steps'), { recursive: true });
  await mkdir(join(here.runs, 'reports'));
  await mkdir(join(here.runs, 'mine'));
  await symlink('2026-01-02T03-04-05-clusterip-abc123', join(here.runs, 'latest'));
  t.match(notOk(await check(here.programs, options(here.runs))), [
    'containers: left: aaa, bbb',
    'volumes: left: svclab-myk8s',
    'runs: left: 2026-01-02T03-04-05-clusterip-abc123, latest, reports',
  ]);
  const done = await clean(here.programs, here.runs);
  t.same(done.slice(0, 4), ['ended: myk8s, netns', 'removed: container aaa', 'removed: container bbb', 'removed: volume svclab-myk8s']);
  t.same(await readdir(here.runs), ['mine'], 'what svclab did not make stays');
  const log = await here.log();
  t.ok(log.indexOf('svclab down') < log.indexOf('docker rm --force --volumes aaa'));
  t.ok(log.every((line) => !/prune|network/.test(line)));
  t.same(await clean(here.programs, here.runs), ['ended: myk8s, netns']);
  t.same(notOk(await check(here.programs, options(here.runs))), []);
});

t.test('clean says what it could not do, and does the rest', async (t) => {
  const stuck = await machine(t, { engine: { containers: 'aaa\nbbb\n', volumes: '', stuck: 'aaa' } });
  await mkdir(join(stuck.runs, '2026-01-02T03-04-05-x-y'));
  await t.rejects(clean(stuck.programs, stuck.runs), {
    message: /not everything could be cleaned:\n {2}container aaa: device or resource busy$/,
  });
  t.same([await readFile(join(stuck.folder, 'containers'), 'utf8'), await readdir(stuck.runs)], ['aaa\n', []]);

  const down = await machine(t, { down: 4, engine: { containers: 'aaa\n', volumes: 'svclab-myk8s\n' } });
  await t.rejects(clean(down.programs, down.runs), { message: /svclab down: ended: myk8s/ });
  t.equal(await readFile(join(down.folder, 'volumes'), 'utf8'), 'svclab-myk8s\n', 'the record of what could not be ended stays');
});

t.test('without an engine there is nothing of it to clean', async (t) => {
  const here = await machine(t);
  t.same(await clean(here.programs, join(here.folder, 'no-runs')), ['ended: myk8s, netns']);
  t.notOk((await check(here.programs, options(here.runs))).some(({ what }) => what === 'containers'));
});

t.test('check: disk, clusters in the way, and what the doctor finds', async (t) => {
  const cluster = (name: string, provider: string, ours: boolean) => ({
    name,
    provider,
    ours,
    end: ['kind', 'delete'],
    nodes: [],
    enter: [],
    state: 'running',
  });
  const lacking = { what: 'tcpdump', ok: false, detail: 'not found', hint: 'sudo apt-get install tcpdump' };
  const here = await machine(t, { clusters: [cluster('myk8s', 'netns', true), cluster('other', 'kind', false)], findings: [lacking] });
  const found = await check(here.programs, { ...options(here.runs), minFree: 1e9 });
  const faults = notOk(found).filter((fault) => !fault.startsWith('disk: '));
  t.same(faults, ['clusters: myk8s (netns) is running', 'netns: tcpdump: not found']);
  t.match(notOk(found)[0], /^disk: [\d.]+ GiB free for .*, 1000000000 wanted$/);
  t.match(found.find(({ what }) => what === 'netns: tcpdump')?.hint, 'apt-get install tcpdump');
  const kind = await check(here.programs, { ...options(here.runs), cluster: 'kind' });
  t.match(notOk(kind)[1], 'other (kind) is running, and svclab did not make it');
  t.match(await here.log(), ['svclab status --json', 'svclab doctor --cluster netns --json']);
  t.ok(
    (await here.log()).every((line) => !/down|rm/.test(line)),
    'it changes nothing',
  );
});

t.test('a svclab that does not work is a finding', async (t) => {
  const here = await machine(t);
  const broken = { ...here.programs, svclab: async () => ({ code: 4, stdout: '', stderr: 'it broke\n' }) };
  t.same(notOk(await check(broken, options(here.runs))), ['clusters: it broke', 'doctor: it broke']);
});

t.test('arguments', async (t) => {
  t.same(readArguments(['check']), { job: 'check', runs: 'runs', minFree: 5, cluster: 'netns', help: false });
  t.match(readArguments(['prepare', '--runs', 'x', '--min-free=2.5', '--cluster', 'all']), {
    job: 'prepare',
    runs: 'x',
    minFree: 2.5,
    cluster: 'all',
  });
  t.match(readArguments(['--help']), { help: true });
  for (const wrong of [
    [],
    ['wash'],
    ['check', 'clean'],
    ['check', '--min-free', 'much'],
    ['check', '--cluster', 'minikube'],
    ['check', '--fast'],
  ])
    t.throws(() => readArguments(wrong), UsageError, wrong.join(' '));
});
