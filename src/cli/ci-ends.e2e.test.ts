import { join } from 'node:path';
import t, { type Test } from 'tap';
import { waitFor } from '../core/wait.js';
import { noEngine, reportsIn } from './testing/ci-reports.js';
import { type SvclabOptions, start, temporaryFolder } from './testing/svclab.js';

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  t.test(`${signal}: the reports hold what was judged, and what was not run`, async (t) => {
    const out = await temporaryFolder(t);
    const run = begun(t, ['ci', 'cluster', 'kindnet', '--cluster', 'netns', '--out', out], { env: noEngine });
    await run.says('2 network');
    run.kill(signal);
    const end = await run.finished;
    t.equal(end.exitCode, exitCode, end.stderr);
    t.notMatch(end.stderr, /\n\s+at /);
    const { junit, json, tap } = await reportsIn(join(out, 'reports'));
    t.match(json.runs, [{ lab: { id: 'cluster' }, complete: false, exitCode }]);
    t.match(json.leftOut, [{ cluster: 'netns', labs: ['kindnet'] }]);
    t.not(junit.attributes['errors'], '0');
    t.equal(tap.ok, false);
  });
}

t.test('SIGKILL: the reports are whole, and say that the run broke off', async (t) => {
  const out = await temporaryFolder(t);
  const run = begun(t, ['ci', 'cluster', '--cluster', 'netns', '--out', out], { env: noEngine });
  await run.says('2 network');
  const claims = async () => (await reportsIn(join(out, 'reports'))).json.runs[0]?.claims.length ?? 0;
  await waitFor('the first step in the report', async () => ((await claims()) > 0 ? true : undefined), {
    intervalMs: 2,
    timeoutMs: 20_000,
  });
  run.kill('SIGKILL');
  t.equal((await run.finished).signal, 'SIGKILL');
  const { junit, json, tap, summary } = await reportsIn(join(out, 'reports'));
  t.match(json.runs, [{ complete: false, exitCode: null }]);
  t.equal(junit.attributes['errors'], '1');
  t.equal(tap.ok, false);
  t.match(summary, 'the run broke off before its end');
});

/** One that is ended with the test, whatever comes. */
function begun(t: Test, args: readonly string[], options: SvclabOptions): ReturnType<typeof start> {
  const run = start(args, options);
  t.teardown(() => run.kill('SIGKILL'));
  return run;
}
