import type { Answer } from '../../evidence/answers.js';
import type { Flow } from '../../evidence/conntrack.js';
import { client, clientNode, pods, service } from './cluster.js';

/** For tests alone: connections from net-pod to the ClusterIP, and what each of them leaves behind. */
export interface Connection {
  readonly index: number;
  /** The client's port. */
  readonly port: number;
  /** The pod that the client's node chose. */
  readonly pod: number;
}

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface TestPacket {
  readonly node: string;
  readonly link: 'eth0' | 'veth1';
  readonly direction: 'in' | 'out';
  readonly from: End;
  readonly to: End;
  readonly atUs: number;
  readonly ttl: number;
  readonly seq: number;
  /** A SYN-ACK acknowledges; a SYN does not. */
  readonly ack?: number;
}

/** @param turn gives the pod of each connection; in turn unless said. */
export function connections(count: number, turn: (index: number) => number = (index) => index % pods.length): readonly Connection[] {
  return Array.from({ length: count }, (_, index) => ({ index, port: 40_000 + 2 * index, pod: turn(index) }));
}

export function podAt(index: number): (typeof pods)[number] {
  const pod = pods[index];
  if (pod === undefined) throw new Error(`there is no pod ${index}`);
  return pod;
}

export function answerOf({ index, port, pod }: Connection): Answer {
  return {
    index,
    url: `http://${service.address}:${service.port}/`,
    localAddress: client.address,
    localPort: port,
    remoteAddress: service.address,
    remotePort: service.port,
    status: 200,
    body: `Hostname: ${podAt(pod).name}\nIP: 127.0.0.1\n`,
    exitCode: 0,
  };
}

export function unanswered(answer: Answer): Answer {
  return { ...answer, status: 0, body: '', exitCode: 7, error: 'Failed to connect', localAddress: '', localPort: 0 };
}

export function flowOf({ index, port, pod }: Connection): Flow {
  const { address, port: podPort } = podAt(pod);
  return {
    id: 1000 + index,
    protocol: 'tcp',
    original: { src: client.address, dst: service.address, sport: port, dport: service.port },
    reply: { src: address, dst: client.address, sport: podPort, dport: port },
    state: 'TIME_WAIT',
    timeout: 119,
    assured: true,
    unreplied: false,
    mark: 0,
  };
}

/** A connection's SYN and SYN-ACK on every link that they pass: each hop 10 microseconds after the one before it. */
export function packetsOf({ index, port, pod }: Connection): readonly TestPacket[] {
  const { node, ...to } = podAt(pod);
  const from = { address: client.address, port };
  const seq = 1_000_000 + index;
  const start = 1_700_000_000_000_000 + index * 1000;
  const syn = (step: number, where: Pick<TestPacket, 'node' | 'link' | 'direction'>, destination: End): TestPacket => ({
    ...where,
    from,
    to: destination,
    atUs: start + step * 10,
    ttl: 64 - Math.ceil(step / 2),
    seq,
  });
  const there = [
    syn(0, { node: clientNode, link: 'veth1', direction: 'in' }, service),
    syn(1, { node: clientNode, link: 'eth0', direction: 'out' }, to),
    syn(2, { node, link: 'eth0', direction: 'in' }, to),
    syn(3, { node, link: 'veth1', direction: 'out' }, to),
  ];
  const back = there.toReversed().map((packet, step): TestPacket => {
    const direction = packet.direction === 'in' ? 'out' : 'in';
    return { ...packet, direction, from: packet.to, to: packet.from, atUs: start + 100 + step * 10, seq: seq + 5_000_000, ack: seq + 1 };
  });
  return [...there, ...back];
}
