import t from 'tap';
import { endpointsCheck } from './endpoints.js';
import { endpoint, pods, replaced, serviceObject, sliceObject } from './testing/cluster.js';
import { judged, outcome } from './testing/stage.js';

const options = { service: 'service', count: 3, port: 9000, targetPort: 80 };
const all = (ready = true) => pods.map(({ name, address, node }, i) => endpoint(name, address, node, i < 2 || ready));
const withSlice = (...parameters: Parameters<typeof sliceObject>) =>
  judged(endpointsCheck, options, { objects: replaced('svc-clusterip-abcde', sliceObject(...parameters)) });

t.test('three ready endpoints behind the port', async (t) => {
  const verdict = judged(endpointsCheck, options);
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /3 ready of 3 \(10\.10\.1\.2, 10\.10\.2\.2, 10\.10\.3\.2\), port 9000 -> 80/);
});

t.test('fewer or more endpoints', async (t) => {
  const verdict = withSlice(all().slice(0, 2));
  t.equal(outcome(verdict), 'count');
  t.match(verdict.seen.en, /2 ready of 2/);
  t.equal(outcome(withSlice([...all(), endpoint('webpod4', '10.10.3.3', 'myk8s-worker3')])), 'count');
  t.equal(outcome(withSlice([])), 'count');
  t.equal(outcome(judged(endpointsCheck, options, { objects: replaced('svc-clusterip-abcde') })), 'count');
});

t.test('an endpoint that is there, and not ready', async (t) => {
  t.equal(outcome(withSlice(all(false))), 'not-ready');
});

t.test('another port', async (t) => {
  t.equal(outcome(withSlice(all(), 8080)), 'port', 'of the pods');
  t.equal(outcome(judged(endpointsCheck, options, { objects: replaced('svc-clusterip', serviceObject(9001)) })), 'port', 'of the Service');
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judged(endpointsCheck, options, { unsound: 'objects' })), 'inconclusive');
  const gone = judged(endpointsCheck, options, { objects: replaced('svc-clusterip') });
  t.equal(outcome(gone), 'inconclusive', 'the Service is not there');
  t.match(gone.seen.en, /svc-clusterip is not there/);
});
