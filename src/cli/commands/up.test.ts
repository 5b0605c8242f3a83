import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { EnvironmentError, InterruptedError } from '../../core/errors.js';
import { testContext } from '../testing/context.js';
import { type FakeOptions, fakeProvider, registryOf } from '../testing/fake-provider.js';
import { type UpOptions, up } from './up.js';

const plain: UpOptions = { cluster: 'kind', out: '/dev/null/nowhere' };
/** As the embedded cluster: what is made is always new. */
const embedded: FakeOptions = { reuses: false, keepsPorts: false };

t.test('a cluster is made, a lab applied, and both kept', async (t) => {
  const fake = fakeProvider({
    creating: async (request) => {
      request.progress({ en: 'Preparing nodes', ko: '노드 준비' });
      request.warn({ code: 'x', text: { en: 'mind this', ko: '주의' } });
    },
  });
  const { context, out, err } = testContext();
  t.equal(await up(context, 'clusterip', plain, registryOf(fake)), 0);
  t.same(fake.calls, ['check', 'create myk8s', 'apply 3', 'keep']);
  t.match(fake.requests[0]?.config.file, /myk8s\.kind\.yaml$/);
  t.match(out(), /myk8s is up \(kind\)[\s\S]*clusterip[\s\S]*\$ go in[\s\S]*svclab down --cluster kind[\s\S]*\$ end it/);
  t.match(err(), /· cluster …\n {2}· Preparing nodes\n! warning: mind this\n· cluster [\d.]+ s\n· workloads …\n/);
  t.notMatch(out(), /Preparing/, 'data alone on standard output');
});

t.test('without a lab the cluster is empty; options go to the provider; JSON and Korean', async (t) => {
  const fake = fakeProvider();
  const { context, out } = testContext();
  await up(context, undefined, { ...plain, fresh: true, publish: true, json: true }, registryOf(fake));
  t.same(fake.calls, ['check', 'create myk8s fresh publish', 'keep']);
  t.same(JSON.parse(out()), { provider: 'kind', name: 'myk8s', lab: null, changed: true, enter: ['go', 'in'], end: ['end', 'it'] });
  const korean = testContext({ language: 'ko' });
  await up(korean.context, undefined, plain, registryOf(fakeProvider()));
  t.match(korean.out(), /클러스터 myk8s이\(가\) 떠 있습니다/);
});

t.test('a provider that takes a running cluster again is asked to', async (t) => {
  const fake = fakeProvider({ there: [{}] });
  await up(testContext().context, 'clusterip', plain, registryOf(fake));
  t.same(fake.calls, ['check', 'create myk8s', 'apply 3', 'keep']);
});

t.test('one whose clusters are always new: what is there stays', async (t) => {
  const fake = fakeProvider({ ...embedded, there: [{ name: 'another' }, { enter: ['a'], end: ['b'] }] });
  const { context, out } = testContext();
  t.equal(await up(context, 'clusterip', plain, registryOf(fake)), 0);
  t.same(fake.calls, ['check']);
  t.match(out(), /was up already[\s\S]*clusterip were not applied[\s\S]*--fresh[\s\S]*\$ a\n[\s\S]*\$ b\n/);
  const json = testContext();
  await up(json.context, undefined, { ...plain, json: true }, registryOf(fake));
  t.match(JSON.parse(json.out()), { changed: false, enter: ['a'], end: ['b'] });
});

t.test('and is ended for a new one with --fresh, or when it is broken', async (t) => {
  const ended = ['check', 'down myk8s', 'create myk8s', 'keep'];
  const fresh = fakeProvider({ ...embedded, there: [{}] });
  await up(testContext().context, undefined, { ...plain, fresh: true }, registryOf(fresh));
  t.same(
    fresh.calls.map((call) => call.replace(' fresh', '')),
    ended,
  );
  const broken = fakeProvider({ ...embedded, there: [{ state: 'broken' }] });
  await up(testContext().context, undefined, plain, registryOf(broken));
  t.same(broken.calls, ended);
  const anothers = fakeProvider({ ...embedded, there: [{ ours: false }] });
  await up(testContext().context, undefined, { ...plain, fresh: true }, registryOf(anothers));
  t.same(anothers.calls, ['check', 'create myk8s fresh', 'keep'], "another's is not touched");
});

t.test('ports that nobody could keep bound are refused', async (t) => {
  const fake = fakeProvider(embedded);
  await t.rejects(up(testContext().context, undefined, { ...plain, publish: true }, registryOf(fake)), {
    name: 'UsageError',
    hint: /run --publish/,
  });
  t.same(fake.calls, []);
});

t.test('a creation that fails leaves its logs, and says where', async (t) => {
  const out = join(t.testdir(), 'runs');
  const error = new EnvironmentError('it did not come up');
  const fake = fakeProvider({
    creating: async ({ logs }) => {
      t.equal(await logs(), await logs(), 'one folder, however often it is asked for');
      writeFileSync(join(await logs(), 'kubelet.log'), 'why');
      throw error;
    },
  });
  const { context, err } = testContext();
  await t.rejects(up(context, 'clusterip', { ...plain, out }, registryOf(fake)), error);
  t.same(fake.calls, ['check', 'create myk8s'], 'the provider has cleaned up itself');
  const [folder = ''] = readdirSync(out);
  t.match(folder, /^\d{4}-\d\d-\d\dT.*-up-clusterip-[0-9a-f]{6}$/);
  t.ok(existsSync(join(out, folder, 'cluster-logs', 'kubelet.log')));
  t.ok(err().includes(join(out, folder, 'cluster-logs')), err());
});

t.test('workloads that fail, and an interrupt, take the cluster along', async (t) => {
  const failing = fakeProvider({ applying: () => Promise.reject(new EnvironmentError('not ready')) });
  await t.rejects(up(testContext().context, 'clusterip', plain, registryOf(failing)), { message: 'not ready' });
  t.same(failing.calls, ['check', 'create myk8s', 'apply 3', 'dispose']);
  for (const moment of ['creating', 'applying'] as const) {
    const controller = new AbortController();
    const reason = new InterruptedError('SIGINT');
    const fake = fakeProvider({ [moment]: async () => controller.abort(reason) });
    await t.rejects(up(testContext({ signal: controller.signal }).context, 'clusterip', plain, registryOf(fake)), reason);
    t.equal(fake.calls.at(-1), 'dispose', moment);
    t.notOk(fake.calls.includes('keep'), moment);
  }
  const stuck = fakeProvider({
    applying: () => Promise.reject(new EnvironmentError('not ready')),
    disposing: () => Promise.reject(new Error('it holds on')),
  });
  await t.rejects(up(testContext().context, 'clusterip', plain, registryOf(stuck)), {
    name: 'EnvironmentError',
    message: /could not be removed: it holds on/,
  });
});
