import type { ClusterFacts, KubeObject } from '../../core/cluster.js';
import type { Endpoint, EndpointSlice, Node, Pod, Service } from '../../objects/kubernetes.js';

/** For tests alone: the stage of the lab clusterip, as objects. */
export const nodeNames = ['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'] as const;
export const clientNode = nodeNames[0];
export const client = { address: '10.10.0.5', name: 'net-pod' } as const;
export const service = { address: '10.200.1.63', port: 9000, chain: 'KUBE-SVC-KBDEBIL6IU6WL7RF' } as const;
/** Of the same Service, where it is of the type NodePort. */
export const nodePort = 31662;
export const externalChain = 'KUBE-EXT-KBDEBIL6IU6WL7RF';
export const pods = [
  { name: 'webpod1', address: '10.10.1.2', port: 80, node: nodeNames[1] },
  { name: 'webpod2', address: '10.10.2.2', port: 80, node: nodeNames[2] },
  { name: 'webpod3', address: '10.10.3.2', port: 80, node: nodeNames[3] },
] as const;

export const roles = { client: 'pod/net-pod', service: 'svc/svc-clusterip', backends: 'endpoints/svc-clusterip' };

const clusterFacts: ClusterFacts = {
  apiVersion: 'svclab/v1',
  kind: 'Cluster',
  metadata: { name: 'myk8s' },
  spec: { podSubnet: '10.10.0.0/16', serviceSubnet: '10.200.1.0/24', nodeSubnet: '172.18.0.0/16', gateway: '172.18.0.1' },
};

export function nodeAddress(name: string): string {
  const names: readonly string[] = nodeNames;
  return `172.18.0.${names.indexOf(name) + 2}`;
}

export function clusterObjects(): readonly KubeObject[] {
  const values = ['control-plane', 'worker1', 'worker2', 'worker3'];
  return [
    clusterFacts,
    ...nodeNames.map((name, i) => nodeObject(name, values[i] ?? '', `10.10.${i}.0/24`)),
    podObject(client.name, client.address, clientNode),
    ...pods.map(({ name, address, node }) => podObject(name, address, node)),
    serviceObject(),
    sliceObject(pods.map(({ name, address, node }) => endpoint(name, address, node))),
  ];
}

export function nodeObject(name: string, value: string, podCIDR: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { mynode: value } },
    spec: { podCIDR },
    status: { addresses: [{ type: 'InternalIP', address: nodeAddress(name) }] },
  };
}

export function podObject(name: string, podIP: string, nodeName: string, ready = true): Pod {
  const status = { phase: 'Running', podIP, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName, containers: [] }, status };
}

export function serviceObject(port: number = service.port): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'svc-clusterip', namespace: 'default' },
    spec: { clusterIP: service.address, ports: [{ name: 'svc-webport', protocol: 'TCP', port, targetPort: 80 }] },
  };
}

export function endpoint(name: string, address: string, nodeName: string, ready = true): Endpoint {
  return { addresses: [address], conditions: { ready }, nodeName, targetRef: { kind: 'Pod', name, namespace: 'default' } };
}

export function sliceObject(endpoints: readonly Endpoint[], port = 80): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'svc-clusterip-abcde', namespace: 'default', labels: { 'kubernetes.io/service-name': 'svc-clusterip' } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: 'svc-webport', protocol: 'TCP', port }],
  };
}

/** The objects with one put in the place of its namesake, or taken out. */
export function replaced(name: string, by?: KubeObject, kind?: string): readonly KubeObject[] {
  const isIt = (object: KubeObject) => object.metadata.name === name && (kind === undefined || object.kind === kind);
  return clusterObjects().flatMap((object) => (isIt(object) ? (by ?? []) : object));
}
