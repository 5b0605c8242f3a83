import t from 'tap';
import { EnvironmentError, UnmetError, UsageError } from '../../core/errors.js';
import { testContext } from '../testing/context.js';
import { fakeProvider, registryOf } from '../testing/fake-provider.js';
import { down } from './down.js';

t.test('every kind of which one is there, whatever its name', async (t) => {
  const netns = fakeProvider({ kind: 'netns', there: [{}] });
  const kind = fakeProvider({ there: [{ name: 'other' }, { name: 'theirs', ours: false }] });
  const { context, out } = testContext();
  t.equal(await down(context, {}, registryOf(netns, kind)), 0);
  t.same(netns.calls, ['down myk8s']);
  t.same(kind.calls, ['down other', 'down myk8s'], "another's of another name is not looked at");
  t.equal(out(), 'ended: myk8s, netns\nended: other, kind\n');
});

t.test('of one kind alone', async (t) => {
  const [netns, kind] = [fakeProvider({ kind: 'netns', there: [{}] }), fakeProvider({ there: [{}] })];
  t.equal(await down(testContext().context, { cluster: 'kind' }, registryOf(netns, kind)), 0);
  t.same([netns.calls, kind.calls], [[], ['down myk8s']]);
  await t.rejects(down(testContext().context, { cluster: 'minikube' }, registryOf(netns)), { name: 'UsageError' });
});

t.test('nothing there is no error', async (t) => {
  const { context, out } = testContext();
  t.equal(await down(context, {}, registryOf(fakeProvider())), 0);
  t.match(out(), /nothing to end/);
  const korean = testContext({ language: 'ko' });
  await down(korean.context, {}, registryOf(fakeProvider()));
  t.match(korean.out(), /끝낼 것이 없습니다/);
});

t.test("another's of the course's name is refused by its provider", async (t) => {
  const refusal = new UsageError('svclab did not make it');
  const kind = fakeProvider({ there: [{ ours: false }], down: () => Promise.reject(refusal) });
  await t.rejects(down(testContext().context, {}, registryOf(kind)), refusal);
});

t.test('a kind whose tools are missing is an error only where it is asked for', async (t) => {
  const missing = new UnmetError('there is no Docker');
  const netns = fakeProvider({ kind: 'netns', there: [{}] });
  const kind = fakeProvider({ status: () => Promise.reject(missing) });
  const { context, out, err } = testContext();
  t.equal(await down(context, {}, registryOf(kind, netns)), 0);
  t.equal(err(), 'kind: cannot tell: there is no Docker\n');
  t.equal(out(), 'ended: myk8s, netns\n');
  await t.rejects(down(testContext().context, { cluster: 'kind' }, registryOf(kind)), missing);
  const failing = fakeProvider({ status: () => Promise.reject(new EnvironmentError('it hangs')) });
  await t.rejects(down(testContext().context, {}, registryOf(failing)), { message: 'it hangs' });
});
