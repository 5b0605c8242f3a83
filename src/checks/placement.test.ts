import t from 'tap';
import { placementCheck } from './placement.js';
import { podObject, replaced } from './testing/cluster.js';
import { judged, outcome } from './testing/stage.js';

const options = { pods: { 'net-pod': 'myk8s-control-plane', webpod1: 'myk8s-worker', webpod3: 'myk8s-worker3' } };
const moved = (node: string, ready: boolean) =>
  judged(placementCheck, options, { objects: replaced('webpod3', podObject('webpod3', '10.10.3.2', node, ready)) });

t.test('pods where they should be', async (t) => {
  const verdict = judged(placementCheck, options);
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /webpod3 on myk8s-worker3$/);
});

t.test('a pod that was deleted, or is being deleted', async (t) => {
  const verdict = judged(placementCheck, options, { objects: replaced('webpod3') });
  t.equal(outcome(verdict), 'missing');
  t.match(verdict.seen.en, /webpod3 is not there/);
  t.match(verdict.seen.ko, /webpod3: 없음/);
  const pod = podObject('webpod3', '10.10.3.2', 'myk8s-worker3');
  const leaving = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2025-01-01T00:00:00Z' } };
  t.equal(outcome(judged(placementCheck, options, { objects: replaced('webpod3', leaving) })), 'missing');
  t.equal(outcome(judged(placementCheck, options, { objects: [] })), 'missing');
  t.equal(outcome(judged(placementCheck, { pods: { 'kube-system/webpod3': 'myk8s-worker3' } })), 'missing', 'of another namespace');
});

t.test('a pod on another node, or not ready', async (t) => {
  t.equal(outcome(moved('myk8s-worker2', true)), 'node');
  t.equal(outcome(moved('myk8s-worker3', false)), 'not-ready');
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judged(placementCheck, options, { unsound: 'objects' })), 'inconclusive');
});
