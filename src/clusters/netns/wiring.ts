import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';

/**
 * The links, addresses and routes of the embedded cluster, as text for `ip -batch`. It is kindnet's wiring as a real node shows it:
 * every pod hangs on a point-to-point veth whose node end carries the node's gateway address with /32 (CNI plugin ptp), the node
 * reaches each pod by a host route with scope host, and the other nodes' pod ranges by routes through their addresses (kindnetd).
 */

/** Docker's network `kind`: its range, and the address of the machine on it. */
export const dockerNetwork = {
  subnet: '172.18.0.0/16',
  prefix: 16,
  gateway: '172.18.0.1',
  bridge: 'kind',
  v6Prefix: 64,
  v6Gateway: 'fc00:f853:ccd:e793::1',
} as const;

export interface HostWiring {
  /** The namespace's name, which is the node's or the outside client's. */
  readonly name: string;
  /** Its address on the docker network; `index` is the last part of it. */
  readonly address: string;
  readonly index: number;
  /** Absent for the outside client. */
  readonly podCIDR?: string;
}

export interface PodWiring {
  readonly namespace: string;
  readonly node: string;
  readonly uid: string;
  readonly address: string;
  readonly gateway: string;
  readonly podCIDR: string;
}

export function hostAddress(index: number): string {
  return `172.18.0.${index}`;
}

/** As the ptp plugin names it: `veth` and eight hexadecimal digits. */
export function vethName(uid: string): string {
  return `veth${createHash('sha256').update(`veth/${uid}`).digest('hex').slice(0, 8)}`;
}

/**
 * Made from the sandbox's own namespace, which stands for the machine that runs Docker. It has no eth0 of its own: kernel 6.1
 * refuses `eth0` as a new name in another namespace when the caller's has one.
 */
export function fabricBatch(hosts: readonly HostWiring[]): string {
  return lines([
    'link set lo up',
    `link add ${dockerNetwork.bridge} type bridge`,
    `addr add ${dockerNetwork.gateway}/${dockerNetwork.prefix} broadcast + dev ${dockerNetwork.bridge}`,
    ...ipv6Address(dockerNetwork.v6Gateway, dockerNetwork.bridge),
    `link set ${dockerNetwork.bridge} up`,
    ...hosts.flatMap((host) => [
      // The MAC address is Docker's: 02:42 and the IPv4 address. Docker and the ptp plugin make links without a queue of their own.
      `link add h${host.index} type veth peer name eth0 address ${dockerMac(host.address)} txqueuelen 0 netns ${host.name}`,
      `link set h${host.index} master ${dockerNetwork.bridge} up`,
    ]),
  ]);
}

/** A node's or the outside client's own side. Routes to the other nodes' pods are kindnetd's. */
export function hostBatch(host: HostWiring, others: readonly HostWiring[]): string {
  return lines([
    'link set lo up',
    'link set eth0 up',
    `addr add ${host.address}/${dockerNetwork.prefix} broadcast + dev eth0`,
    ...ipv6Address(`fc00:f853:ccd:e793::${host.index.toString(16)}`, 'eth0'),
    `route add default via ${dockerNetwork.gateway} dev eth0`,
    ...(host.podCIDR === undefined
      ? []
      : others.flatMap((other) => (other.podCIDR === undefined ? [] : [`route add ${other.podCIDR} via ${other.address} dev eth0`]))),
  ]);
}

/** Run in the sandbox's own namespace. */
export function podLinkBatch(pods: readonly PodWiring[]): string {
  return lines(
    pods.map(
      (pod) => `link add ${vethName(pod.uid)} txqueuelen 0 netns ${pod.node} type veth peer name eth0 txqueuelen 0 netns ${pod.namespace}`,
    ),
  );
}

/** Run in a node's namespace, once the links are there. */
export function nodeEndBatch(pods: readonly PodWiring[]): string {
  return lines(
    pods.flatMap((pod) => {
      const veth = vethName(pod.uid);
      return [
        `link set ${veth} addrgenmode none up`,
        `addr add ${pod.gateway}/32 dev ${veth}`,
        `route add ${pod.address}/32 dev ${veth} scope host`,
      ];
    }),
  );
}

/** Any but 0, which all links are in unless said. */
const goingGroup = 77;

/** Run in a node's namespace: a veth goes with its other end and its routes. All at once, since the kernel waits some milliseconds whenever links go. */
export function unlinkBatch(pods: readonly PodWiring[]): string {
  if (pods.length === 0) return '';
  return lines([...pods.map((pod) => `link set ${vethName(pod.uid)} group ${goingGroup}`), `link del group ${goingGroup}`]);
}

/** Run in the pod's namespace: the routes that the ptp plugin sets in place of the connected one. */
export function podEndBatch(pod: PodWiring): string {
  const prefix = pod.podCIDR.split('/')[1] ?? '24';
  return lines([
    'link set lo up',
    'link set eth0 addrgenmode none up',
    `addr add ${pod.address}/${prefix} broadcast + dev eth0`,
    `route del ${pod.podCIDR} dev eth0`,
    `route add ${pod.gateway}/32 dev eth0 scope link src ${pod.address}`,
    `route add ${pod.podCIDR} via ${pod.gateway} dev eth0 src ${pod.address}`,
    `route add default via ${pod.gateway} dev eth0`,
  ]);
}

/** Docker's network `kind` has an IPv6 range as well, where the kernel has IPv6. */
function ipv6Address(address: string, device: string): readonly string[] {
  return existsSync('/proc/sys/net/ipv6') ? [`addr add ${address}/${dockerNetwork.v6Prefix} dev ${device} nodad`] : [];
}

function dockerMac(address: string): string {
  return `02:42:${address
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join(':')}`;
}

function lines(commands: readonly string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}
