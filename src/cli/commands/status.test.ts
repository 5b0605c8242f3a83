import t from 'tap';
import { EnvironmentError, UnmetError } from '../../core/errors.js';
import { testContext } from '../testing/context.js';
import { fakeProvider, fakeStatus, registryOf } from '../testing/fake-provider.js';
import { status } from './status.js';

t.test('every cluster, with its nodes and the words that enter and end it', async (t) => {
  const netns = fakeProvider({ kind: 'netns', there: [{}] });
  const kind = fakeProvider({ there: [{ name: 'theirs', ours: false, state: 'stopped', enter: [], end: [], nodes: [] }] });
  const { context, out } = testContext();
  t.equal(await status(context, {}, registryOf(netns, kind)), 0);
  t.equal(
    out(),
    [
      'myk8s (netns): running',
      '  node          state    address',
      '  myk8s-worker  running  172.18.0.3',
      '',
      '  # enter it',
      '  $ go in',
      '  # end it',
      '  $ end it',
      '',
      'theirs (kind): stopped',
      '  svclab did not make it, and leaves it alone',
      '',
    ].join('\n'),
  );
  const one = testContext();
  await status(one.context, { cluster: 'netns' }, registryOf(netns, kind));
  t.notMatch(one.out(), /theirs/);
});

t.test('none, and in Korean', async (t) => {
  const { context, out } = testContext();
  t.equal(await status(context, {}, registryOf(fakeProvider())), 0);
  t.equal(out(), 'no cluster is there\n');
  const korean = testContext({ language: 'ko' });
  await status(korean.context, {}, registryOf(fakeProvider({ there: [{ state: 'broken' }] })));
  t.match(korean.out(), /고장[\s\S]*노드 +상태 +주소/);
});

t.test('a kind that cannot tell says so in one line; only a failure is an error', async (t) => {
  const netns = fakeProvider({ kind: 'netns', there: [{}] });
  const without = fakeProvider({ status: () => Promise.reject(new UnmetError('there is no Docker', { hint: 'install it' })) });
  const { context, out } = testContext();
  t.equal(await status(context, {}, registryOf(netns, without)), 0);
  t.match(out(), /^myk8s \(netns\)[\s\S]*\n\nkind: cannot tell: there is no Docker\n$/);
  const json = testContext();
  await status(json.context, { json: true }, registryOf(netns, without));
  t.same(JSON.parse(json.out()), {
    clusters: [fakeStatus({ provider: 'netns' })],
    unavailable: [{ provider: 'kind', why: 'there is no Docker', hint: 'install it' }],
  });
  const failing = fakeProvider({ status: () => Promise.reject(new EnvironmentError('it hangs')) });
  const both = testContext();
  t.equal(await status(both.context, {}, registryOf(netns, failing)), 4);
  t.match(both.out(), /myk8s[\s\S]*it hangs/, 'what is known is shown');
  const mistake = fakeProvider({ status: () => Promise.reject(new TypeError('oops')) });
  await t.rejects(status(testContext().context, {}, registryOf(mistake)), { message: 'oops' });
});
