import type { KubeObject } from '../../core/cluster.js';
import type { Answer } from '../../evidence/answers.js';
import type { Flow } from '../../evidence/conntrack.js';
import { clusterObjects, nodeAddress, nodeNames, nodePort, roles, serviceObject } from './cluster.js';
import type { Staged } from './stage.js';
import { type End, podAt, type TestPacket } from './traffic.js';

/** For tests alone: connections from a client outside to a node port, and what each of them leaves behind. */
export interface OutsideConnection {
  readonly index: number;
  /** The node that is asked, and the pod that answers, by their places in the lists. */
  readonly asked: number;
  readonly pod: number;
}

export const mypc = '172.18.0.6';

export function gateway(node: number): string {
  return `10.10.${node}.1`;
}

/** @param asked the node of each connection; @param turn the pod of each, in turn unless said. */
export function outsideConnections(
  count: number,
  asked: (index: number) => number = () => 0,
  turn: (index: number) => number = (index) => index % 3,
): readonly OutsideConnection[] {
  return Array.from({ length: count }, (_, index) => ({ index, asked: asked(index), pod: turn(index) }));
}

/** What the checks are given; whatever is not changed follows from the connections. */
export function outside(connections: readonly OutsideConnection[], staged: Staged = {}): Staged {
  return {
    roles: { ...roles, client: 'client/mypc', entry: `node/${nodeNames[0]}` },
    objects: outsideObjects(),
    answers: connections.map(outsideAnswer),
    packets: connections.flatMap((connection) => outsidePackets(connection)),
    flows: { before: [], after: connections.map(outsideFlow) },
    ...staged,
  };
}

export function outsideObjects(): readonly KubeObject[] {
  const { spec, ...service } = serviceObject();
  const ports = (spec.ports ?? []).map((port) => ({ ...port, nodePort }));
  const exposed = { ...service, spec: { ...spec, type: 'NodePort', ports } };
  const client = { apiVersion: 'svclab/v1', kind: 'Client', metadata: { name: 'mypc' }, status: { address: mypc } };
  return [...clusterObjects().filter(({ kind }) => kind !== 'Service'), exposed, client];
}

export function outsideAnswer({ index, asked, pod }: OutsideConnection): Answer {
  const address = nodeAddress(nodeNames[asked] ?? '');
  return {
    index,
    url: `${address}:${nodePort}`,
    localAddress: mypc,
    localPort: portOf(index),
    remoteAddress: address,
    remotePort: nodePort,
    status: 200,
    body: JSON.stringify({ hostname: address, os: { hostname: podAt(pod).name } }),
    exitCode: 0,
  };
}

/** As curl tells of a request that ran out of time. */
export function silent(answer: Answer): Answer {
  const nothing = { localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0, status: 0, body: '' };
  return { ...answer, ...nothing, exitCode: 28, error: 'Connection timed out' };
}

export function outsideFlow(connection: OutsideConnection): Flow {
  const { index, asked } = connection;
  const pod = podAt(connection.pod);
  const source = masquerading(connection);
  return {
    id: 1000 + index,
    protocol: 'tcp',
    original: { src: mypc, dst: nodeAddress(nodeNames[asked] ?? ''), sport: portOf(index), dport: nodePort },
    reply: { src: pod.address, dst: source.address, sport: pod.port, dport: source.port },
    state: 'TIME_WAIT',
    timeout: 119,
    assured: true,
    unreplied: false,
    mark: 0,
  };
}

/** The SYN and the SYN-ACK on every link that they pass. @param source what the pod sees as the source. */
export function outsidePackets(connection: OutsideConnection, source: End = masquerading(connection)): readonly TestPacket[] {
  const { index, asked } = connection;
  const { node, ...pod } = podAt(connection.pod);
  const entry = nodeNames[asked] ?? '';
  const seq = 2_000_000 + index;
  const start = 1_700_000_000_000_000 + index * 1000;
  const syn = (where: Pick<TestPacket, 'node' | 'link' | 'direction'>, from: End, to: End): Omit<TestPacket, 'atUs' | 'ttl'> => ({
    ...{ ...where, from, to, seq },
  });
  const there = [
    syn(
      { node: entry, link: 'eth0', direction: 'in' },
      { address: mypc, port: portOf(index) },
      { address: nodeAddress(entry), port: nodePort },
    ),
    ...(node === entry
      ? []
      : [syn({ node: entry, link: 'eth0', direction: 'out' }, source, pod), syn({ node, link: 'eth0', direction: 'in' }, source, pod)]),
    syn({ node, link: 'veth1', direction: 'out' }, source, pod),
  ].map((packet, step): TestPacket => ({ ...packet, atUs: start + step * 10, ttl: 64 - Math.ceil(step / 2) }));
  const back = there.toReversed().map((packet, step): TestPacket => {
    const direction = packet.direction === 'in' ? 'out' : 'in';
    return { ...packet, direction, from: packet.to, to: packet.from, atUs: start + 100 + step * 10, seq: seq + 5_000_000, ack: seq + 1 };
  });
  return [...there, ...back];
}

function masquerading({ index, asked, pod }: OutsideConnection): End {
  const address = podAt(pod).node === nodeNames[asked] ? gateway(asked) : nodeAddress(nodeNames[asked] ?? '');
  return { address, port: 20_001 + index };
}

function portOf(index: number): number {
  return 50_000 + 2 * index;
}
