import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/cli/package-root.js';
import type { ManifestSource } from '../../src/core/cluster.js';

export const service = { namespace: 'default', name: 'svc-clusterip', port: 9000 } as const;

const workers = ['myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'];

/** A file of the labs, by its path there. */
export function labFile(path: string): ManifestSource {
  const file = join(packageRoot, 'labs', path);
  return { file, text: readFileSync(file, 'utf8') };
}

/** The labs' own cluster. */
export function clusterConfig(): ManifestSource {
  return labFile('myk8s.kind.yaml');
}

/** The lab clusterip's objects with more backends: net-pod on the control-plane, and the other pods spread over the workers. */
export function manifests(pods: number): readonly ManifestSource[] {
  const webpods = Array.from({ length: pods - 1 }, (_, i) => webpod(`webpod${i + 1}`, workers[i % workers.length] ?? ''));
  return [{ file: `${pods}-pods.yaml`, text: [netPod, svc, ...webpods].join('---\n') }];
}

const netPod = `apiVersion: v1
kind: Pod
metadata:
  name: net-pod
spec:
  nodeName: myk8s-control-plane
  containers:
    - name: netshoot-pod
      image: nicolaka/netshoot
      command: ["tail"]
      args: ["-f", "/dev/null"]
  terminationGracePeriodSeconds: 0
`;

const svc = `apiVersion: v1
kind: Service
metadata:
  name: ${service.name}
spec:
  type: ClusterIP
  selector:
    app: webpod
  ports:
    - name: svc-webport
      port: ${service.port}
      targetPort: 80
`;

function webpod(name: string, node: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels:
    app: webpod
spec:
  nodeName: ${node}
  containers:
    - name: container
      image: traefik/whoami
  terminationGracePeriodSeconds: 0
`;
}
