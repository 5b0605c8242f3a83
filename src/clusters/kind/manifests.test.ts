import t from 'tap';
import { fullName, imagesByNode, objectsToApply } from './manifests.js';

const text = `apiVersion: v1
kind: Pod
metadata: { name: one }
spec:
  nodeName: myk8s-worker
  containers: [{ name: c, image: traefik/whoami, imagePullPolicy: Always }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: echo }
spec:
  replicas: 2
  selector: { matchLabels: { app: echo } }
  template:
    metadata: { labels: { app: echo } }
    spec: { containers: [{ name: c, image: mendhak/http-https-echo }] }
---
apiVersion: v1
kind: Service
metadata: { name: echo }
spec: { selector: { app: echo }, ports: [{ port: 9000, targetPort: 8080 }] }
`;

t.test('objects go to the API server as they are written, but for where images come from', async (t) => {
  const [pod, deployment, service] = objectsToApply([{ file: 'all.yaml', text }]);
  t.match(pod, { spec: { nodeName: 'myk8s-worker', containers: [{ image: 'traefik/whoami', imagePullPolicy: 'Never' }] } });
  t.match(deployment, { spec: { replicas: 2, template: { spec: { containers: [{ imagePullPolicy: 'Never' }] } } } });
  t.same(service, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'echo' },
    spec: { selector: { app: 'echo' }, ports: [{ port: 9000, targetPort: 8080 }] },
  });
});

t.test('a pod read back from a cluster can be applied again', async (t) => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one' },
    spec: { containers: [{ name: 'c', image: 'traefik/whoami' }], ephemeralContainers: [{ name: 'svclab-probe', image: 'x' }] },
    status: { phase: 'Running' },
  };
  const [written] = objectsToApply([{ file: 'pod', text: JSON.stringify(pod) }]);
  t.notOk(written && 'status' in written);
  t.same(written?.['spec'], { containers: [{ name: 'c', image: 'traefik/whoami', imagePullPolicy: 'Never' }] });
});

t.test('a node needs the images of its pods, and of those that may come to any node', async (t) => {
  const found = imagesByNode(objectsToApply([{ file: 'all.yaml', text }]), ['myk8s-worker', 'myk8s-worker2']);
  t.same(
    [...found],
    [
      ['myk8s-worker', ['mendhak/http-https-echo', 'traefik/whoami']],
      ['myk8s-worker2', ['mendhak/http-https-echo']],
    ],
  );
});

t.test('names as containerd writes them', async (t) => {
  t.equal(fullName('traefik/whoami'), 'docker.io/traefik/whoami:latest');
  t.equal(fullName('busybox:1'), 'docker.io/library/busybox:1');
  t.equal(fullName('registry.k8s.io/pause:3.10'), 'registry.k8s.io/pause:3.10');
  t.equal(fullName('localhost:5000/a'), 'localhost:5000/a:latest');
  t.equal(fullName('localhost/a@sha256:00'), 'localhost/a@sha256:00');
});
