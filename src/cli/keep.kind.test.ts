import t from 'tap';
import { endClusterAfter, engineState, kubectl, nodeContainers, objectUids, ownFolders, typed } from './testing/engine.js';
import { greenReportOf } from './testing/report.js';
import { svclab } from './testing/svclab.js';

const usersOwn = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'webpod1', namespace: 'default' },
  data: { whose: 'the user’s' },
};

t.test('a cluster that is kept is used again, and is ended by the words that the report gives', async (t) => {
  endClusterAfter(t);
  const before = await engineState();
  const { run, strewn } = await ownFolders(t);

  const first = greenReportOf(await run(['--keep']));
  t.same(await strewn(), [], 'a kept cluster needs no temporary file');
  const nodes = await nodeContainers();
  t.same(Object.keys(nodes), ['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker2', 'myk8s-worker3']);
  t.ok(first.kept !== null, 'the report says that it was kept');
  t.ok((first.kept?.enter.length ?? 0) > 0, 'and how to enter it');

  await kubectl(['apply', '--filename', '-'], JSON.stringify(usersOwn));
  const objects = await objectUids();
  t.ok(objects.some((line) => line.includes(' Pod/net-pod ')));
  t.ok(objects.some((line) => line.includes(' ConfigMap/webpod1 ')));

  t.test('it is not made again, and what was in it stays', async (t) => {
    const second = greenReportOf(await run([]));
    t.same(second.totals, { pass: 17, fail: 0, inconclusive: 0, skip: 0 });
    t.match(second.warnings, [{ code: 'reused', text: { en: /myk8s/, ko: /myk8s/ } }]);
    t.same(await nodeContainers(), nodes, 'the very same containers');
    t.same(await objectUids(), objects, 'the very same objects: what was there before stays');
    t.same(await strewn(), []);
  });

  t.test('what the run itself deployed goes with it', async (t) => {
    await kubectl(['delete', 'pod,service', '--namespace', 'default', '--field-selector', 'metadata.name!=kubernetes']);
    const bare = await objectUids();
    t.notOk(bare.some((line) => line.includes(' Pod/')));
    greenReportOf(await run([]));
    t.same(await objectUids(), bare);
  });

  t.test("another lab's pods of the same names take the place of those that were kept", async (t) => {
    const up = async (lab: string): Promise<readonly string[]> => {
      const { exitCode, stderr } = await svclab(['up', lab, '--cluster', 'kind']);
      t.equal(exitCode, 0, stderr);
      const pods = await kubectl([
        'get',
        'pods',
        '--namespace',
        'default',
        '--output',
        'jsonpath={range .items[*]}{.metadata.name} {.status.qosClass}{"\\n"}{end}',
      ]);
      return pods.split('\n').filter((line) => line !== '');
    };
    t.same(await up('cluster'), ['net-pod BestEffort', 'webpod1 Burstable', 'webpod2 BestEffort', 'webpod3 BestEffort']);
    t.same(await up('clusterip'), ['net-pod BestEffort', 'webpod1 BestEffort', 'webpod2 BestEffort', 'webpod3 BestEffort']);
    t.ok(
      (await objectUids()).some((line) => line.includes(' ConfigMap/webpod1 ')),
      'what svclab did not put there stays',
    );
  });

  t.test('it ends by those words', async (t) => {
    await typed(first.kept?.end ?? []);
    t.same(await engineState(), before, 'containers, networks, volumes and images are as before');
  });
});
