import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ClusterProvider } from '../../core/cluster.js';
import { pidRealm, processAt } from '../../exec/live-process.js';
import { Child } from './testing/child.js';
import { courseProvider, never, nodeNames, startCluster } from './testing/course-cluster.js';
import { allGone, familyOf, hostState } from './testing/host-state.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const root = process.getuid?.() === 0;

/** A state folder, and a provider that looks into it as a later svclab would. */
function later(t: Test): { readonly state: string; readonly provider: ClusterProvider; readonly records: string } {
  const state = t.testdir();
  const records = join(state, 'svclab', 'clusters');
  // Some tests leave a folder that cannot be read, or a record of a cluster that is not theirs.
  t.teardown(
    async () =>
      void (await courseProvider(state)
        .down('myk8s', never)
        .catch(() => [])),
  );
  return { state, provider: courseProvider(state), records };
}

t.test('what a program kept is found by the next one, and ended', async (t) => {
  const untouched = hostState();
  const { state, provider, records } = later(t);
  const child = new Child('kept', state);
  t.equal(await child.ended, 0);
  const [status, ...others] = await provider.status(never);
  t.same(others, []);
  t.match(status, { provider: 'netns', name: 'myk8s', state: 'running', ours: true, enter: ['perl', /./, 'myk8s-control-plane'] });
  t.same(
    status?.nodes,
    nodeNames.map((name, i) => ({ name, state: 'running', address: `172.18.0.${i + 2}` })),
  );
  const holder = Number(status?.end.at(-1));
  const family = familyOf(holder);
  t.ok(family.processes.length >= 3, 'it is the sandbox');
  t.same(await provider.down('another', never), [], 'of another name, there is none');
  t.same(await provider.down('myk8s', never), [`myk8s (pid ${holder})`]);
  t.same(readdirSync(records), [], 'its record is gone');
  const left = familyOf(holder).processes.filter((one) => one.state !== 'Z');
  t.same(left, [], 'nothing of it runs when down is over');
  await allGone(family);
  t.equal(hostState(), untouched);
  t.same(await provider.down('myk8s', never), [], 'to end what is not there is no error');
});

t.test('two kept clusters of one name are two, and are ended together', async (t) => {
  const { state, provider } = later(t);
  for (const cluster of await Promise.all([startCluster({ state }), startCluster({ state })])) await cluster.keep();
  const found = await provider.status(never);
  t.equal(new Set(found.map(({ end }) => end.at(-1))).size, 2);
  t.equal((await provider.down('myk8s', never)).length, 2);
  t.same(await provider.status(never), []);
});

t.test('one that was ended by its words alone is not there any more', async (t) => {
  const { state, provider, records } = later(t);
  const cluster = await startCluster({ state });
  const { end } = await cluster.keep();
  t.equal(readdirSync(records).length, 1);
  const family = familyOf(Number(end.at(-1)));
  process.kill(Number(end.at(-1)), 'SIGKILL');
  await allGone(family);
  t.same(await provider.status(never), []);
  t.same(readdirSync(records), []);
});

t.test('an inside that is gone is a broken cluster', async (t) => {
  const { provider, records } = later(t);
  const sleeper = await sleeping(t);
  const file = await plant(records, sleeper, { inside: { pid: sleeper, startedAt: 1 } });
  t.match(await provider.status(never), [{ state: 'broken', ours: true, nodes: [{ name: 'n', state: 'gone' }] }]);
  t.ok(existsSync(file));
});

t.test('a record without its process', async (t) => {
  const { provider, records } = later(t);
  const sleeper = await sleeping(t);
  const here = await pidRealm();
  const stale: Record<string, Record<string, unknown>> = {
    'of a number that another process was given': { holder: { pid: sleeper, startedAt: 1 } },
    'from before the machine was started anew': { realm: { ...here, boot: 'another' } },
  };
  for (const [name, change] of Object.entries(stale)) {
    const file = await plant(records, sleeper, change);
    t.same(await provider.down('myk8s', never), [], name);
    t.notOk(existsSync(file), `${name}: the record is removed`);
  }
  const foreign: Record<string, Record<string, unknown>> = {
    'of another machine that shares the home': { realm: { ...here, machine: 'another', boot: 'another' } },
    'of another PID namespace': { realm: { ...here, pids: 'pid:[1]' } },
  };
  for (const [name, change] of Object.entries(foreign)) {
    const file = await plant(records, sleeper, change);
    t.same(await provider.status(never), [], name);
    t.same(await provider.down('myk8s', never), [], name);
    t.ok(existsSync(file), `${name}: the record stays`);
  }
  const garbage = join(records, 'netns-7.json');
  writeFileSync(garbage, '{');
  writeFileSync(join(records, 'notes.txt'), 'mine');
  t.same(await provider.status(never), [], 'nor is what is no record a cluster');
  t.ok(existsSync(garbage));
  process.kill(sleeper, 0);
  t.pass('the process was left alone');
});

t.test("another user's cluster is shown, and left alone", async (t) => {
  const { provider, records } = later(t);
  // An ordinary user always finds a process of root's; root makes one of nobody's.
  const pid = root ? await sleeping(t, ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']) : 1;
  const file = await plant(records, pid, {});
  t.match(await provider.status(never), [{ name: 'myk8s', ours: false }]);
  await t.rejects(provider.down('myk8s', never), {
    name: 'UsageError',
    message: root ? /belongs to the user with uid 65534/ : /belongs to root/,
    hint: /sudo/,
  });
  t.ok(existsSync(file));
  t.ok(await processAt(pid), 'it still runs');
  t.same(await provider.down('another', never), []);
});

t.test('where no record can be written, the cluster is kept and that is said', async (t) => {
  const warnings: string[] = [];
  const cluster = await startCluster({ warn: ({ code }) => void warnings.push(code) });
  const { end } = await cluster.keep();
  const pid = Number(end.at(-1));
  const family = familyOf(pid);
  t.same(warnings, ['not-honoured', 'not-recorded']);
  t.ok(await processAt(pid));
  process.kill(pid, 'SIGKILL');
  await allGone(family);
});

t.test('a folder of records that cannot be read is an error that says so', async (t) => {
  const { state, provider } = later(t);
  mkdirSync(join(state, 'svclab'));
  writeFileSync(join(state, 'svclab', 'clusters'), 'a file');
  await t.rejects(provider.status(never), { name: 'EnvironmentError', message: /records of kept clusters cannot be read.*clusters/s });
  await t.rejects(provider.down('myk8s', never), { name: 'EnvironmentError' });
});

t.test('a process is known by its number and its start', async (t) => {
  const own = await processAt(process.pid);
  t.equal(own?.startedAt, Number(readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ')[19]));
  t.equal(await processAt(2 ** 22 + 1), undefined, 'above the highest number there is');
  // A name that looks like the rest of the line.
  const named = spawn('perl', ['-e', '$| = 1; $0 = "a) Z 1 1"; print "x"; sleep 1000'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => named.kill('SIGKILL'));
  await once(named.stdout, 'data');
  t.ok(((await processAt(named.pid ?? 0))?.startedAt ?? 0) >= (own?.startedAt ?? Number.POSITIVE_INFINITY));
});

/** A record as `keep` writes it, with changes. */
async function plant(records: string, pid: number, change: Record<string, unknown>): Promise<string> {
  const known = await processAt(pid);
  mkdirSync(records, { recursive: true });
  const file = join(records, `netns-${pid}.json`);
  const record = {
    format: 'svclab-kept/v1',
    name: 'myk8s',
    holder: known,
    inside: known,
    realm: await pidRealm(),
    keptAt: new Date(0).toISOString(),
    nodes: [{ name: 'n', address: '172.18.0.2' }],
    enter: [],
    end: [],
    ...change,
  };
  writeFileSync(file, JSON.stringify(record));
  return file;
}

/** A process that is no cluster. */
async function sleeping(t: Test, prefix: readonly string[] = []): Promise<number> {
  const [command = '', ...args] = [...prefix, 'sh', '-c', 'echo x; exec sleep 1000'];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}
