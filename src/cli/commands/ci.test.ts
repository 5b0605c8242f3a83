import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { InterruptedError, UsageError } from '../../core/errors.js';
import { reportSchema } from '../../reporters/report-schema.js';
import type { CommandContext } from '../context.js';
import { testContext } from '../testing/context.js';
import { type FakeOptions, fakeProvider, registryOf } from '../testing/fake-provider.js';
import { type CiOptions, ci } from './ci.js';

const lacking = [
  { what: 'ip', ok: true, detail: '/usr/sbin/ip' },
  { what: 'engine', ok: false, detail: 'none', hint: 'start it' },
];

/** Runs it with two kinds of cluster, on which every lab ends with 2 at once. */
async function ciOn(
  t: { testdir(content?: Record<string, string>): string },
  names: readonly string[],
  options: Partial<CiOptions> = {},
  fakes: { readonly netns?: FakeOptions; readonly kind?: FakeOptions; readonly context?: Partial<CommandContext> } = {},
) {
  const applying = () => Promise.reject(new UsageError('no workloads here'));
  const netns = fakeProvider({ kind: 'netns', reuses: false, applying, ...fakes.netns });
  const kind = fakeProvider({ kind: 'kind', leaves: true, down: async (name) => [name], applying, ...fakes.kind });
  const { context, out, err } = testContext(fakes.context);
  const folder = t.testdir();
  const done = await ci(context, names, { out: join(folder, 'runs'), ...options }, registryOf(netns, kind)).then(
    (exitCode) => ({ exitCode, error: undefined }),
    (error: Error) => ({ exitCode: undefined, error }),
  );
  const reports = options.reports ?? join(folder, 'runs', 'reports');
  const read = (name: string) => readFile(join(reports, name), 'utf8');
  const json = reportSchema.parse(JSON.parse(await read('svclab.json')));
  return {
    ...done,
    out: out(),
    err: err(),
    json,
    read,
    calls: [netns.calls, kind.calls].map((calls) => calls.filter((call) => call !== 'check')),
  };
}

t.test('labs are run on each kind that the machine can run, and what each kind shares is ended', async (t) => {
  const end = await ciOn(t, ['clusterip', 'nodeport'], { fresh: true });
  t.equal(end.exitCode, 2);
  t.same(end.calls, [
    ['create myk8s fresh', 'apply 3', 'dispose', 'create myk8s fresh publish', 'apply 4', 'dispose'],
    ['create myk8s fresh', 'apply 3', 'leave', 'create myk8s publish', 'apply 4', 'leave', 'down myk8s'],
  ]);
  t.same(
    end.json.runs.map(({ lab, cluster }) => `${lab?.id} ${cluster}`),
    ['clusterip netns', 'nodeport netns', 'clusterip kind', 'nodeport kind'],
  );
  t.match(await end.read('junit.xml'), 'testsuites name="svclab" tests="4" failures="0" errors="4"');
  t.match(await end.read('svclab.tap'), /^TAP version 14\n/);
  t.match(await end.read('summary.md'), '# svclab: 0 of 4 labs hold');
  t.match(end.err, /the embedded cluster can run here[\s\S]*the reports are in .*reports/);
});

t.test('a kind that cannot run is left out with its reason, and changes nothing', async (t) => {
  const end = await ciOn(t, ['clusterip'], {}, { kind: { findings: lacking } });
  t.same(end.calls, [['create myk8s', 'apply 3', 'dispose'], []]);
  t.same(
    end.json.leftOut?.map(({ cluster, labs, why }) => [cluster, labs, why.en]),
    [['kind', ['clusterip'], 'this machine cannot run it: engine: none']],
  );
  t.match(end.err, /missing {2}engine {2}none\n {9}start it\n[\s\S]*no lab is run on kind: this machine cannot run it/);
  t.match(await end.read('junit.xml'), '<skipped message="this machine cannot run it: engine: none"/>');
});

t.test('one that was asked for must run', async (t) => {
  for (const cluster of ['kind', 'all']) {
    const end = await ciOn(t, ['clusterip'], { cluster }, { kind: { findings: lacking } });
    t.equal(end.exitCode, cluster === 'kind' ? 3 : 2, 'the first that applies');
    const last = end.json.runs.at(-1);
    t.match(last, {
      lab: { id: 'clusterip' },
      exitCode: 3,
      error: { message: 'kind: this machine cannot run it: engine: none', hint: 'start it' },
    });
    t.equal(end.json.leftOut, undefined);
    if (cluster === 'kind') t.same(end.calls, [[], []], 'and no other is tried');
  }
});

t.test('where none can run, every lab is an error', async (t) => {
  const end = await ciOn(t, [], {}, { netns: { findings: lacking }, kind: { findings: lacking } });
  t.equal(end.exitCode, 3);
  t.ok(end.json.runs.length >= 8);
  t.ok(end.json.runs.every(({ exitCode }) => exitCode === 3));
  t.equal(end.out, '', 'it is said once, not once a lab');
});

t.test('of all labs, those that run on the kind; one that was named for a kind must', async (t) => {
  const all = await ciOn(t, [], { cluster: 'kind' });
  t.notOk(all.json.runs.some(({ lab }) => lab?.id === 'scale'));
  const named = await ciOn(t, ['scale'], { cluster: 'kind' });
  t.match(named.error, { message: /'scale' does not run on kind/ });
  t.match(named.json.runs, [{ lab: { id: 'scale' }, exitCode: 2 }]);
  const either = await ciOn(t, ['scale']);
  t.same(either.calls[1], [], 'it runs where it can');
  const nowhere = await ciOn(t, ['scale'], {}, { netns: { findings: lacking } });
  t.equal(nowhere.exitCode, 3, 'and is not forgotten where it cannot');
  t.match(nowhere.json.runs, [{ lab: { id: 'scale' }, exitCode: 3 }]);
});

t.test('labs that cannot be read are in the reports, with their places, and all problems are told', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'apiVersion: svclab/v2\n', 'b.yaml': 'kind: [\n' });
  const end = await ciOn({ testdir: () => join(folder, 'x') }, [join(folder, 'a.yaml'), join(folder, 'b.yaml')]);
  t.match(end.error, { name: 'InputError' });
  t.match(end.error?.message, /a\.yaml:1:13:[\s\S]*b\.yaml:/);
  t.match(end.json.runs, [
    { exitCode: 2, error: { source: { file: join(folder, 'a.yaml'), line: 1, column: 1 } } },
    { exitCode: 2, error: { source: { file: join(folder, 'b.yaml') } } },
  ]);
  t.equal(end.out, '', 'nothing on standard output');
});

t.test('reports of an earlier time do not stay where nothing is run', async (t) => {
  const folder = t.testdir();
  const reports = join(folder, 'there');
  await mkdir(reports);
  await writeFile(join(reports, 'junit.xml'), '<testsuites tests="1" failures="0" errors="0"/>');
  const end = await ciOn({ testdir: () => join(folder, 'x') }, ['clusterpi'], { reports });
  t.match(end.error, { name: 'UsageError' });
  t.match(
    await end.read('junit.xml'),
    /errors="1"[\s\S]*there is no lab &apos;clusterpi&apos;|errors="1"[\s\S]*there is no lab 'clusterpi'/,
  );
});

t.test('interrupted: what comes after is left out, and the reports say so', async (t) => {
  const controller = new AbortController();
  const creating = async () => controller.abort(new InterruptedError('SIGTERM'));
  const end = await ciOn(t, ['clusterip', 'nodeport'], {}, { netns: { creating }, context: { signal: controller.signal } });
  t.equal(end.exitCode, 143);
  t.same(end.calls[1], [], 'the other kind is not begun');
  t.match(end.json.runs, [{ lab: { id: 'clusterip' }, exitCode: 143, complete: false }]);
  t.match(end.json.leftOut, [
    { cluster: 'netns', labs: ['nodeport'], why: { en: /interrupted/ } },
    { cluster: 'kind', labs: ['clusterip', 'nodeport'] },
  ]);
});

t.test('on GitHub: no output of a lab is taken for a command, then the annotations, and a summary', async (t) => {
  const summary = join(t.testdir({ summary: '' }), 'summary');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const end = await ciOn({ testdir: () => join(summary, '..', 'x') }, ['clusterip'], { cluster: 'netns' }, { context: { env } });
  const [, token = '', inside = '', after = ''] = /^::stop-commands::([\w-]{20,})\n([\s\S]*)\n::\1::\n([\s\S]*)$/.exec(end.out) ?? [];
  t.not(token, '');
  t.match(inside, 'How a ClusterIP reaches a pod');
  t.notMatch(inside, '::error');
  t.match(after, /^::error title=clusterip on netns%3A run \(exit-2\)::[^\n]*no workloads here\n$/);
  t.match(await readFile(summary, 'utf8'), '# svclab: 0 of 1 lab holds');
});

t.test('in Korean', async (t) => {
  const end = await ciOn(t, ['clusterip'], {}, { kind: { findings: lacking }, context: { language: 'ko' } });
  t.match(end.err, /kind에서는 실습을 돌리지 않습니다[\s\S]*보고서는 .*reports에 있습니다/);
  t.match(await end.read('junit.xml'), '이 컴퓨터에서 띄울 수 없다: engine: none');
});
