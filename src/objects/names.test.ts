import t from 'tap';
import { keyOf, nameSuffix, parseRef, refOf, uidOf } from './names.js';

t.test('references, as kubectl takes them', async (t) => {
  t.same(parseRef('pod/net-pod'), { kind: 'Pod', namespace: 'default', name: 'net-pod' });
  t.same(parseRef('svc/kube-system/kube-dns'), { kind: 'Service', namespace: 'kube-system', name: 'kube-dns' });
  t.same(parseRef('Deploy/deploy-echo'), { kind: 'Deployment', namespace: 'default', name: 'deploy-echo' });
  t.same(parseRef('node/myk8s-worker'), { kind: 'Node', namespace: '', name: 'myk8s-worker' });
  for (const wrong of ['', 'pod', 'configmap/x', 'pod/a/b/c'])
    t.throws(() => parseRef(wrong), { name: 'UsageError', message: `'${wrong}' names no object` });
});

t.test('an object, its reference, its key', async (t) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
  t.equal(keyOf(refOf(pod)), 'Pod/default/a');
  t.equal(keyOf(refOf({ ...pod, metadata: { name: 'a', namespace: 'b' } })), 'Pod/b/a');
  t.equal(keyOf(refOf({ ...pod, kind: 'Node' })), keyOf(parseRef('node/a')));
});

t.test('made names are the same each time, and look as Kubernetes makes them', async (t) => {
  t.equal(nameSuffix('seed', 5), nameSuffix('seed', 5));
  t.not(nameSuffix('seed', 5), nameSuffix('other', 5));
  t.match(nameSuffix('seed', 10), /^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  t.match(uidOf('seed'), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});
