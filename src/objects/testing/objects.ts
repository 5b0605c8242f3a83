import type { Deployment, Node, Pod, Service } from '../kubernetes.js';

/** For tests alone. */
function node(name: string, index: number, labels: Readonly<Record<string, string>> = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { podCIDR: `10.10.${index}.0/24` },
    status: { addresses: [{ type: 'InternalIP', address: `172.18.0.${index + 2}` }] },
  };
}

export const nodes: readonly Node[] = [
  node('cp', 0, { 'node-role.kubernetes.io/control-plane': '' }),
  node('w1', 1),
  node('w2', 2),
  node('w3', 3),
];

export function pod(name: string, labels: Readonly<Record<string, string>> = {}, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [{ name: 'c', image: 'traefik/whoami' }], ...spec },
  };
}

export function running(base: Pod, podIP: string, ready = true, nodeName = 'w1'): Pod {
  const status = ready ? 'True' : 'False';
  return { ...base, spec: { ...base.spec, nodeName }, status: { phase: 'Running', podIP, conditions: [{ type: 'Ready', status }] } };
}

export function service(name: string, spec: Service['spec']): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } };
}

export function deployment(name: string, replicas: number, image = 'traefik/whoami'): Deployment {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } } },
  };
}
