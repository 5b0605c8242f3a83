import t from 'tap';
import { nodesCheck } from './nodes.js';
import { clusterObjects, nodeObject, replaced } from './testing/cluster.js';
import { judged, outcome } from './testing/stage.js';

const worker3 = 'myk8s-worker3';
const options = {
  label: 'mynode',
  values: { 'myk8s-control-plane': 'control-plane', 'myk8s-worker': 'worker1', 'myk8s-worker2': 'worker2', [worker3]: 'worker3' },
};
const withWorker3 = (podCIDR: string, value = 'worker3') =>
  judged(nodesCheck, options, { objects: replaced(worker3, nodeObject(worker3, value, podCIDR)) });

t.test('four nodes with their labels and ranges', async (t) => {
  const verdict = judged(nodesCheck, options);
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /4 nodes: .*myk8s-worker3 \(mynode=worker3, 10\.10\.3\.0\/24\)/);
  t.same(verdict.evidence, ['objects/local-objects.objects-json']);
});

t.test('a node that is missing, or one too many', async (t) => {
  t.equal(outcome(judged(nodesCheck, options, { objects: replaced(worker3) })), 'count');
  t.equal(outcome(judged(nodesCheck, { ...options, values: { [worker3]: 'worker3' } })), 'count');
  t.equal(
    outcome(judged(nodesCheck, options, { objects: clusterObjects().filter(({ kind }) => kind !== 'Node') })),
    'count',
    'and no node at all',
  );
});

t.test('another label, or none', async (t) => {
  const verdict = withWorker3('10.10.3.0/24', 'elsewhere');
  t.equal(outcome(verdict), 'label');
  t.match(verdict.seen.en, /myk8s-worker3 \(mynode=elsewhere/);
  t.equal(outcome(judged(nodesCheck, { ...options, label: 'other' })), 'label');
});

t.test('a pod range that is not its own, not private, of another size, or no range', async (t) => {
  for (const range of ['10.10.1.0/24', '10.10.0.0/24', '8.8.8.0/24', '10.10.4.0/25', '10.10.3.0', '']) {
    t.equal(outcome(withWorker3(range)), 'pod-range', range);
  }
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judged(nodesCheck, options, { unsound: 'objects' })), 'inconclusive');
  t.equal(outcome(judged(nodesCheck, options, { without: ['objects'] })), 'inconclusive');
});

t.test('options are strict', async (t) => {
  t.equal(nodesCheck.optionsSchema.safeParse({ ...options, lable: 'x' }).success, false);
  t.equal(nodesCheck.optionsSchema.safeParse({ ...options, values: {} }).success, false);
});
