import type { ManifestSource } from '../core/cluster.js';
import { fieldsOf, itemsOf } from '../objects/source/pick.js';
import { Draw } from './draw.js';

/** What a generated set is made of: the pods are there once, and each Service can be left out. */
export interface GeneratedSet {
  readonly pods: readonly ManifestSource[];
  readonly services: readonly { readonly name: string; readonly manifest: ManifestSource }[];
}

const podCount = 12;
/** Never set by anyone: a pod that waits for it is never Ready. */
const neverReady = 'svclab.dev/never';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Services with random types, ports, affinity, policies, endpoint counts and readiness, over a dozen pods and one that asks; the same for the same
 * seed, whatever the machine. A Service is drawn from the seed and its own number alone, so the first n of more are the same n.
 * @param nodes where the pods are pinned, in turn.
 */
export function generatedSet(seed: number, count: number, nodes: readonly string[]): GeneratedSet {
  const services = Array.from({ length: count }, (_, i) => generatedService(new Draw(`${seed}/service/${i}`), `s${i + 1}`));
  const pods = Array.from({ length: podCount }, (_, i) => {
    const name = `p${i + 1}`;
    const labels = Object.fromEntries(services.filter(({ pods: selected }) => selected.includes(i)).map((service) => [service.name, 'y']));
    return manifest(name, podObject(new Draw(`${seed}/pod/${i}`), name, labels, nodes[i % nodes.length] ?? ''));
  });
  return {
    pods: [manifest('net-pod', clientPod(nodes[0] ?? '')), ...pods],
    services: services.map(({ name, object }) => ({ name, manifest: manifest(name, object) })),
  };
}

function manifest(name: string, object: Fields): ManifestSource {
  return { file: `generated/${name}.json`, text: `${JSON.stringify(object, null, 2)}\n` };
}

function clientPod(node: string): Fields {
  return pod('net-pod', {}, node, [{ name: 'netshoot-pod', image: 'nicolaka/netshoot', command: ['tail'], args: ['-f', '/dev/null'] }]);
}

/** One in four is never Ready; the container port `http` has another number in one of four. */
function podObject(draw: Draw, name: string, labels: Readonly<Record<string, string>>, node: string): Fields {
  const http = draw.chance(1 / 4) ? 8080 : 80;
  const container = { name: 'container', image: 'traefik/whoami', ports: [{ name: 'http', containerPort: http }] };
  return pod(name, labels, node, [container], draw.chance(1 / 4) ? { readinessGates: [{ conditionType: neverReady }] } : {});
}

function pod(
  name: string,
  labels: Readonly<Record<string, string>>,
  nodeName: string,
  containers: readonly Fields[],
  more: Fields = {},
): Fields {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { nodeName, containers, ...more, terminationGracePeriodSeconds: 0 },
  };
}

function generatedService(draw: Draw, name: string): { readonly name: string; readonly object: Fields; readonly pods: readonly number[] } {
  const shape = draw.one(['ClusterIP', 'ClusterIP', 'NodePort', 'NodePort', 'LoadBalancer', 'external', 'headless']);
  const type = shape === 'NodePort' || shape === 'LoadBalancer' ? shape : 'ClusterIP';
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      type,
      selector: { [name]: 'y' },
      ports: ports(draw),
      ...(shape === 'headless' ? { clusterIP: 'None' } : {}),
      // The range of documentation (RFC 5737): no machine has such an address.
      ...(shape === 'external' ? { externalIPs: draw.some(['192.0.2.10', '192.0.2.11', '198.51.100.7'], 1) } : {}),
      ...(shape === 'LoadBalancer' ? loadBalancer(draw) : {}),
      ...affinity(draw),
      ...(draw.chance(1 / 3) ? { internalTrafficPolicy: draw.one(['Cluster', 'Local']) } : {}),
      ...(type !== 'ClusterIP' || shape === 'external' ? externalPolicy(draw) : {}),
      ...(draw.chance(1 / 5) ? { publishNotReadyAddresses: true } : {}),
    },
  };
  const among = Array.from({ length: podCount }, (_, i) => i);
  return { name, object, pods: draw.some(among, 0, draw.one([0, 1, 1, 2, 3, 3, 5, 8, podCount])) };
}

/** One to four; some answer HTTP on port 80, others go where nobody listens; now and then one number over TCP and UDP, as DNS has it. */
function ports(draw: Draw): readonly Fields[] {
  const count = draw.one([1, 1, 2, 3, 4]);
  const list = Array.from({ length: count }, (_, i) => ({
    ...(count === 1 && draw.chance(1 / 2) ? {} : { name: `port-${i + 1}` }),
    protocol: draw.one(['TCP', 'TCP', 'TCP', 'UDP']),
    port: 8000 + 10 * i + draw.below(10),
    ...(draw.chance(1 / 5) ? {} : { targetPort: draw.one([80, 80, 8080, 'http']) }),
  }));
  const [first] = list;
  if (first?.name === undefined || !draw.chance(1 / 4)) return list;
  return [...list, { ...first, name: 'other', protocol: first.protocol === 'TCP' ? 'UDP' : 'TCP' }];
}

function affinity(draw: Draw): Fields {
  if (!draw.chance(1 / 3)) return {};
  const timeoutSeconds = draw.one([undefined, 1, 60, 10_800, 86_400]);
  return {
    sessionAffinity: 'ClientIP',
    ...(timeoutSeconds === undefined ? {} : { sessionAffinityConfig: { clientIP: { timeoutSeconds } } }),
  };
}

function externalPolicy(draw: Draw): Fields {
  return draw.chance(1 / 2) ? { externalTrafficPolicy: draw.one(['Cluster', 'Local']) } : {};
}

/** Nobody gives it an address: its node ports are all that works. */
function loadBalancer(draw: Draw): Fields {
  return {
    ...(draw.chance(1 / 3) ? { allocateLoadBalancerNodePorts: false } : {}),
    ...(draw.chance(1 / 3) ? { loadBalancerSourceRanges: ['198.51.100.0/24'] } : {}),
  };
}

/**
 * The set without the Services that claim an external address and port which one before them claims: in nftables mode both would be one element of a map, and which
 * of the two it is follows the order of a Go map. In iptables mode both have a rule.
 */
export function withoutClashes(set: GeneratedSet): GeneratedSet {
  const claimed = new Set<string>();
  const services = set.services.filter(({ manifest }) => {
    const claims = externalClaims(JSON.parse(manifest.text));
    if (claims.some((claim) => claimed.has(claim))) return false;
    for (const claim of claims) claimed.add(claim);
    return true;
  });
  return { ...set, services };
}

function externalClaims(service: unknown): readonly string[] {
  const spec = fieldsOf(fieldsOf(service)['spec']);
  const ports = itemsOf(spec['ports']).map(fieldsOf);
  return itemsOf(spec['externalIPs']).flatMap((address) => ports.map(({ protocol, port }) => `${address} ${protocol} ${port}`));
}
