import type { KubeObject } from '../core/cluster.js';
import { isEndpointSlice, isNode, isPod, isService } from '../objects/guards.js';
import type { Pod, Service } from '../objects/kubernetes.js';
import { endpointsByPort } from '../proxy/endpoints.js';
import { endpointChain, firewallChain, serviceChain, serviceExternalChain, serviceLocalChain } from '../proxy/iptables/names.js';
import { servicePortName } from '../proxy/service-port-name.js';
import { type ServicePortInfo, servicePortId, servicePorts } from '../proxy/service-ports.js';

/** What an endpoint's chain leads to. */
export interface EndpointRole {
  /** `pod/default/webpod1:80`. */
  readonly role: string;
  /** The real `address:port`. */
  readonly address: string;
  /** `default/svc-clusterip:svc-webport/tcp`. */
  readonly port: string;
}

/** What addresses, node ports and chains of one cluster stand for, in words that two clusters of one shape share. */
export interface Roles {
  /** For `10.10.1.2` and for `10.10.1.0/24`; undefined for what stands for nothing known. */
  address(text: string): string | undefined;
  /** Every address of a text by its role; one that stands for nothing known stays as it is. */
  inText(text: string): string;
  nodePort(protocol: string, number: number): string | undefined;
  /** The Service's port that a chain of its own belongs to: `default/svc-clusterip:svc-webport/tcp`. */
  chainOwner(chain: string): string | undefined;
  endpoint(chain: string): EndpointRole | undefined;
}

/** @param podSubnet the range of all pods. */
export function rolesOf(objects: readonly KubeObject[], podSubnet: string): Roles {
  const addresses = addressRoles(objects, podSubnet);
  const ports = servicePorts(objects.filter(isService));
  const endpoints = endpointRoles(objects, ports, addresses);
  const owners = new Map(
    ports.flatMap((port) =>
      [serviceChain(port), serviceLocalChain(port), serviceExternalChain(port), firewallChain(port)].map(
        (chain) => [chain, portRole(port)] as const,
      ),
    ),
  );
  const nodePorts = nodePortRoles(ports);
  // A route's host part and a rule's /32 are the same address.
  const address = (text: string): string | undefined => addresses.get(text.replace(/\/32$/, ''));
  return {
    address,
    inText: (text) => text.replaceAll(/\b\d+\.\d+\.\d+\.\d+(?:\/\d+)?/g, (word) => address(word) ?? word),
    nodePort: (protocol, number) => nodePorts.get(`${protocol} ${number}`),
    chainOwner: (chain) => owners.get(chain) ?? endpoints.get(chain)?.port,
    endpoint: (chain) => endpoints.get(chain),
  };
}

/** `default/svc-clusterip:svc-webport/tcp`. */
function portRole(port: ServicePortInfo): string {
  return `${servicePortName(port)}/${port.protocol.toLowerCase()}`;
}

function addressRoles(objects: readonly KubeObject[], podSubnet: string): ReadonlyMap<string, string> {
  const known = new Map<string, string>([[podSubnet, 'the range of all pods']]);
  for (const pod of objects.filter(isPod)) {
    // A pod on the host network has its node's address, which is the node's.
    if (pod.status?.podIP !== undefined) known.set(pod.status.podIP, podRole(pod));
  }
  for (const { metadata, spec, status } of objects.filter(isNode)) {
    const role = `node/${metadata.name}`;
    const range = spec.podCIDR ?? '';
    known.set(status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '', role);
    known.set(range, `the pods of ${role}`).set(range.replace(/\.0\/\d+$/, '.1'), `the gateway of ${role}`);
  }
  for (const service of objects.filter(isService)) for (const [address, role] of serviceAddresses(service)) known.set(address, role);
  known.delete('');
  return known;
}

/** A name that a controller has drawn is another in each cluster. */
function podRole(pod: Pod): string {
  const owners = pod.metadata['ownerReferences'];
  const generated = Array.isArray(owners) && owners.some((owner: unknown) => isOwner(owner, 'ReplicaSet') || isOwner(owner, 'DaemonSet'));
  const { name, namespace = 'default' } = pod.metadata;
  if (!generated) return `pod/${namespace}/${name}`;
  const template = name.replace(/(-[a-z0-9]{6,10})?-[a-z0-9]{5}$/, '');
  return `pod/${namespace}/${template}-* on ${pod.spec.nodeName ?? 'no node'}`;
}

function isOwner(owner: unknown, kind: string): boolean {
  return typeof owner === 'object' && owner !== null && 'kind' in owner && owner.kind === kind;
}

function serviceAddresses(service: Service): readonly (readonly [string, string])[] {
  const { clusterIP = '' } = service.spec;
  const role = `service/${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;
  return clusterIP === 'None' ? [] : [[clusterIP, role]];
}

function endpointRoles(
  objects: readonly KubeObject[],
  ports: readonly ServicePortInfo[],
  addresses: ReadonlyMap<string, string>,
): ReadonlyMap<string, EndpointRole> {
  const endpoints = endpointsByPort(objects.filter(isEndpointSlice), '');
  return new Map(
    ports.flatMap((port) =>
      (endpoints.get(servicePortId(port)) ?? []).map(({ ip, address }) => {
        const role = `${addresses.get(ip) ?? ip}${address.slice(ip.length)}`;
        return [endpointChain(port, address), { role, address, port: portRole(port) }] as const;
      }),
    ),
  );
}

/** A number that two ports of a Service share, over TCP and UDP, stands for the first of them. */
function nodePortRoles(ports: readonly ServicePortInfo[]): ReadonlyMap<string, string> {
  const first = new Map<number, string>();
  const known = new Map<string, string>();
  for (const port of ports) {
    const protocol = port.protocol.toLowerCase();
    if (port.nodePort !== undefined) {
      const role = first.get(port.nodePort) ?? `the node port of ${servicePortName(port)}`;
      first.set(port.nodePort, role);
      known.set(`${protocol} ${port.nodePort}`, role);
    }
    if (port.healthCheckNodePort !== undefined)
      known.set(`tcp ${port.healthCheckNodePort}`, `the health check port of ${port.namespace}/${port.name}`);
  }
  return known;
}
