import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindMasqAgent } from '../../src/clusters/netns/kindnet.js';
import { hostsOf, nodeSysctls } from '../../src/clusters/netns/nodes.js';
import {
  fabricBatch,
  type HostWiring,
  hostBatch,
  nodeEndBatch,
  type PodWiring,
  podEndBatch,
  podLinkBatch,
  vethName,
} from '../../src/clusters/netns/wiring.js';
import type { KubeObject } from '../../src/core/cluster.js';
import { isPod } from '../../src/objects/guards.js';
import type { Pod } from '../../src/objects/kubernetes.js';
import { nodeRules } from '../../src/proxy/iptables/node-rules.js';
import type { KindConfig } from '../../src/schema/kind-config.js';

export interface RivalInputs {
  readonly config: KindConfig;
  /** What the embedded cluster holds, so that the rivals build the very same. */
  readonly objects: readonly KubeObject[];
  /** Where the Service answers: `10.200.1.96:9000`. */
  readonly serviceAddress: string;
}

/**
 * Writes what the rivals' scripts read, prepared outside their time: texts for `ip -batch` and iptables-restore, and Mininet's topology.
 * They are svclab's own texts, so the topology is the same to the last route.
 */
export function writeRivalInputs(folder: string, { config, objects, serviceAddress }: RivalInputs): void {
  const { nodes, client } = hostsOf(config.nodes, config.podSubnet);
  const pods = objects.filter(isPod);
  const wirings = pods.map((pod) => wiringOf(pod, nodes));
  const servers = pods.filter(({ spec }) => spec.containers.some(({ image }) => image.startsWith('traefik/whoami')));
  const asker = nameOf(pods.find(({ metadata }) => metadata.name === 'net-pod'));
  const inside = insideBatches(nodes, client, wirings);
  const put = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''));

  for (const name of ['inside', 'rules']) mkdirSync(join(folder, name));
  put('namespaces', [...inside.keys()]);
  put(
    'namespaces.batch',
    [...inside.keys()].map((name) => `netns add ${name}`),
  );
  put(
    'nodes',
    nodes.map(({ name }) => name),
  );
  put('links.batch', [...linesOf(fabricBatch([...nodes, client])), ...linesOf(podLinkBatch(wirings))]);
  for (const [name, text] of inside) writeFileSync(join(folder, 'inside', name), text);
  put('sysctls.sh', sysctlCommands);
  for (const host of nodes) {
    const input = { objects, node: { name: host.name, ip: host.address }, clusterCIDR: config.podSubnet };
    writeFileSync(join(folder, 'rules', host.name), nodeRules(input) + kindMasqAgent(config.podSubnet));
  }
  put(
    'servers',
    servers.map((pod) => `${nameOf(pod)} ${pod.metadata.name}`),
  );
  const podAddress = servers[0]?.status?.podIP ?? '';
  put('ask-links', [`${asker} ${podAddress}`]);
  put('ask-service', [`${asker} ${serviceAddress}`]);
  const topology = {
    hosts: [...nodes, client].map((host) => ({
      name: host.name,
      address: `${host.address}/16`,
      commands: mininetHost(host, nodes, wirings),
    })),
    pods: wirings.map((pod) => ({
      name: pod.namespace,
      node: pod.node,
      address: `${pod.address}/24`,
      veth: vethName(pod.uid),
      commands: configured(podEndBatch(pod)),
    })),
    servers: servers.map((pod) => ({ name: nameOf(pod), hostname: pod.metadata.name })),
    nodes: nodes.map(({ name }) => name),
    ask: { from: asker, links: podAddress, service: serviceAddress },
  };
  writeFileSync(join(folder, 'topology.json'), JSON.stringify(topology, null, 2));
}

const sysctlCommands = Object.entries(nodeSysctls).map(([path, value]) => `[ ! -e /proc/sys/${path} ] || echo ${value} >/proc/sys/${path}`);

function insideBatches(nodes: readonly HostWiring[], client: HostWiring, pods: readonly PodWiring[]): ReadonlyMap<string, string> {
  return new Map([
    ...[...nodes, client].map((host) => {
      const ends = pods.filter((pod) => pod.node === host.name);
      return [host.name, hostBatch(host, others(host, nodes)) + nodeEndBatch(ends)] as const;
    }),
    ...pods.map((pod) => [pod.namespace, podEndBatch(pod)] as const),
  ]);
}

function mininetHost(host: HostWiring, nodes: readonly HostWiring[], pods: readonly PodWiring[]): readonly string[] {
  const ends = pods.filter((pod) => pod.node === host.name);
  return [...(host.podCIDR === undefined ? [] : sysctlCommands), ...configured(hostBatch(host, others(host, nodes)) + nodeEndBatch(ends))];
}

/** Mininet sets the links up and gives eth0 its address by itself. The bridge has no address here, so there is no default route through it. */
function configured(batch: string): readonly string[] {
  return linesOf(batch)
    .filter((line) => !/^link set (lo|eth0) |^addr add .* dev eth0( nodad)?$|default via 172\./.test(line))
    .map((line) => `ip ${line}`);
}

function others(host: HostWiring, nodes: readonly HostWiring[]): readonly HostWiring[] {
  return nodes.filter((other) => other !== host);
}

function wiringOf(pod: Pod, nodes: readonly HostWiring[]): PodWiring {
  const node = nodes.find(({ name }) => name === pod.spec.nodeName);
  const podCIDR = node?.podCIDR ?? '';
  const gateway = podCIDR.replace(/\.0\/\d+$/, '.1');
  return {
    namespace: nameOf(pod),
    node: node?.name ?? '',
    uid: String(pod.metadata['uid']),
    address: pod.status?.podIP ?? '',
    gateway,
    podCIDR,
  };
}

function nameOf(pod: Pod | undefined): string {
  return pod === undefined ? '' : `pod-${pod.metadata.name}`;
}

function linesOf(batch: string): readonly string[] {
  return batch.split('\n').filter((line) => line !== '');
}
