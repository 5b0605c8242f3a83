import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import { staleOn } from './stale.js';

const started = Date.parse('2026-01-01T10:00:00.500Z');
const lease = (renewTime: string): KubeObject => ({
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'n', namespace: 'kube-node-lease' } },
  spec: { renewTime },
});
const fresh = lease('2026-01-01T10:00:01.000000Z');
const pod = (state: object, phase = 'Running', nodeName = 'n'): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { nodeName } },
  status: { phase, containerStatuses: [{ state }] },
});
const since = (startedAt: string) => ({ running: { startedAt } });

t.test('a node is heard of since its start, and so are its pods', async (t) => {
  const told = (...objects: KubeObject[]) => staleOn(objects, 'n', started);
  t.match(told(), /node n has not been heard of/);
  t.match(told(lease('2026-01-01T09:59:59.000000Z')), /node n has not been heard of/);
  t.equal(told(fresh), undefined);
  t.match(told(fresh, pod(since('2026-01-01T09:59:00Z'))), /pod p has not been started again on n/);
  t.equal(told(fresh, pod(since('2026-01-01T10:00:00Z'))), undefined, 'within the same second');
  t.equal(told(fresh, pod(since('2026-01-01T09:59:00Z'), 'Succeeded')), undefined, 'one that has ended is not started again');
  t.equal(told(fresh, pod(since('2026-01-01T09:59:00Z'), 'Running', 'other')), undefined);
  t.equal(told(fresh, pod({ waiting: {} })), undefined, 'one that waits is known to');
});
