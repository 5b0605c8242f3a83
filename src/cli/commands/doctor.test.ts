import t from 'tap';
import type { Finding } from '../../core/cluster.js';
import { testContext } from '../testing/context.js';
import { fakeProvider, registryOf } from '../testing/fake-provider.js';
import { doctor } from './doctor.js';

const fine: Finding = { what: 'ip', ok: true, detail: '/usr/sbin/ip' };
const low: Finding = { what: 'watches', ok: true, detail: '100', hint: 'sudo sysctl more' };
const lacking: Finding = { what: 'engine', ok: false, detail: 'none', hint: 'start it' };

t.test('the kinds in groups, with what to do', async (t) => {
  const { context, out } = testContext();
  const providers = registryOf(fakeProvider({ kind: 'netns', findings: [fine] }), fakeProvider({ findings: [fine, low, lacking] }));
  t.equal(await doctor(context, {}, providers), 0, 'the embedded cluster decides');
  t.equal(
    out(),
    [
      'netns: the embedded cluster',
      'ok       ip  /usr/sbin/ip',
      'the embedded cluster can run here',
      '',
      'kind: a real cluster',
      'ok       ip       /usr/sbin/ip',
      'warning  watches  100',
      '         sudo sysctl more',
      'missing  engine   none',
      '         start it',
      'a real cluster cannot run here',
      '',
    ].join('\n'),
  );
  const korean = testContext({ language: 'ko' });
  await doctor(korean.context, {}, providers);
  t.match(korean.out(), /부족 {2}engine[\s\S]*실제 클러스터를 띄울 수 없습니다/);
  const json = testContext();
  await doctor(json.context, { json: true }, providers);
  t.same(JSON.parse(json.out()), {
    clusters: [
      { kind: 'netns', ready: true, findings: [fine] },
      { kind: 'kind', ready: false, findings: [fine, low, lacking] },
    ],
  });
});

t.test('the exit code is about what was asked for', async (t) => {
  const ready = (kind: string, ok: boolean) => fakeProvider({ kind, findings: [ok ? fine : lacking] });
  const code = (cluster: string | undefined, netns: boolean, kind: boolean) =>
    doctor(testContext().context, cluster === undefined ? {} : { cluster }, registryOf(ready('netns', netns), ready('kind', kind)));
  t.equal(await code(undefined, false, true), 3);
  t.equal(await code(undefined, true, false), 0);
  t.equal(await code('netns', true, false), 0);
  t.equal(await code('netns', false, true), 3);
  t.equal(await code('kind', false, true), 0);
  t.equal(await code('kind', true, false), 3);
  t.equal(await code('all', true, false), 3);
  t.equal(await code('all', true, true), 0);
  await t.rejects(code('minikube', true, true), { name: 'UsageError', hint: /netns, kind/ });
  const { context, out } = testContext();
  await doctor(context, { cluster: 'kind' }, registryOf(ready('netns', true), ready('kind', true)));
  t.notMatch(out(), /netns/, 'what was not asked for is not shown');
});
