import t from 'tap';
import { UsageError } from '../../core/errors.js';
import { testContext } from '../testing/context.js';
import { type FakeOptions, fakeProvider, registryOf } from '../testing/fake-provider.js';
import { type RunCommandOptions, run } from './run.js';

async function calls(t: { testdir(): string }, names: readonly string[], fake: FakeOptions, options: Partial<RunCommandOptions> = {}) {
  const provider = fakeProvider({ ...fake, applying: () => Promise.reject(new UsageError('no workloads here')) });
  const { context, err } = testContext();
  const exitCode = await run(context, names, { cluster: 'kind', out: t.testdir(), reporter: 'json', ...options }, registryOf(provider));
  return { exitCode, calls: provider.calls.filter((call) => call !== 'check'), err: err() };
}

t.test('several labs share a cluster that is used again, and it is ended after the last', async (t) => {
  const two = await calls(t, ['clusterip', 'clusterip'], { leaves: true, down: async (name) => [name] }, { fresh: true });
  t.same(two.calls, ['create myk8s fresh', 'apply 3', 'leave', 'create myk8s', 'apply 3', 'leave', 'down myk8s']);
  t.equal(two.exitCode, 2);
  t.match(two.err, /myk8s, kind/);
});

t.test('one that was there before stays, and so does one that is kept', async (t) => {
  const again = ['create myk8s', 'apply 3', 'leave', 'create myk8s', 'apply 3', 'leave'];
  t.same((await calls(t, ['clusterip', 'clusterip'], { leaves: true, there: [{}] })).calls, again);
  t.same((await calls(t, ['clusterip', 'clusterip'], { leaves: true }, { keep: true })).calls, again);
});

t.test('one lab alone, and clusters that are always new, are ended by their own runs', async (t) => {
  t.same((await calls(t, ['clusterip'], { leaves: true })).calls, ['create myk8s', 'apply 3', 'dispose']);
  const fresh = await calls(t, ['clusterip', 'clusterip'], { kind: 'netns', reuses: false }, { cluster: 'netns' });
  t.same(fresh.calls, ['create myk8s', 'apply 3', 'dispose', 'create myk8s', 'apply 3', 'dispose']);
});

t.test('all stands for the labs that run on the cluster; one that does not is refused by its name', async (t) => {
  const none = await calls(t, ['all'], { kind: 'other' }, { cluster: 'other' });
  t.same([none.exitCode, none.calls], [0, []]);
  await t.rejects(calls(t, ['clusterip'], { kind: 'other' }, { cluster: 'other' }), { message: /'clusterip' does not run on other/ });
});
