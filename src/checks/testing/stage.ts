import type { Verdict } from '../../core/check.js';
import type { KubeObject } from '../../core/cluster.js';
import type { Observation, ObservationPart, Soundness } from '../../core/evidence.js';
import type { Place } from '../../core/executor.js';
import { type Answer, printAnswers } from '../../evidence/answers.js';
import type { Flow, Tuple } from '../../evidence/conntrack.js';
import type { EvidenceReader } from '../../evidence/evidence-reader.js';
import { type Latency, printLatency } from '../../evidence/latency.js';
import { type Output, printOutputs } from '../../evidence/outputs.js';
import { type Programming, printProgramming } from '../../evidence/programming.js';
import { bytesOf, ipv4, sll2, tcp } from '../../evidence/testing/frames.js';
import { writePcap } from '../../evidence/testing/pcap-writer.js';
import { UnreadableError } from '../../evidence/unreadable.js';
import { EvidenceView } from '../../evidence/view.js';
import { Scene } from '../../scene/scene.js';
import { judgeClaim, type LabCheck, type LabEvidence } from '../lab-check.js';
import { clientNode, clusterObjects, nodeNames, roles } from './cluster.js';
import { baseRules, counted, countsFor, nftText, saveText, type TestRule } from './rules.js';
import { answerOf, type Connection, flowOf, packetsOf, type TestPacket } from './traffic.js';

/** The readings of the rules; what was counted was counted between the last two. */
type Role = 'before' | 'middle' | 'after';

/** Changes a node's rules in one reading. */
export type Change = (rules: readonly TestRule[], at: { readonly node: string; readonly role: Role }) => readonly TestRule[];

/** For tests alone: what a step left behind. Whatever is not given follows from the connections. */
export interface Staged {
  readonly connections?: readonly Connection[];
  readonly objects?: readonly KubeObject[];
  /** More roles than those of the lab clusterip. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly answers?: readonly Answer[];
  /** Answers of other actions of the step, by their observations' names. */
  readonly further?: Readonly<Record<string, readonly Answer[]>>;
  /** What the commands of the observation `outputs` printed. */
  readonly outputs?: readonly Output[];
  readonly packets?: readonly TestPacket[];
  /** Frames of a node that are no packets of the test's own, as SLL2. */
  readonly frames?: readonly { readonly node: string; readonly data: Uint8Array }[];
  readonly flows?: { readonly before: readonly Flow[]; readonly after: readonly Flow[] };
  /** What each node's rules counted, by the rules' names. */
  readonly counts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly change?: Change;
  /** What `nft -j` lists on each node beside the rules of iptables. */
  readonly nft?: readonly unknown[];
  /** The client's node's recent lists, as `grep -r . /proc/net/xt_recent` prints them; empty unless said. */
  readonly recent?: { readonly before: string; readonly after: string };
  readonly latency?: Latency;
  readonly programming?: Programming;
  /** The observation that its probe calls unsound. */
  readonly unsound?: string;
  /** Observations that were not made. */
  readonly without?: readonly string[];
}

/** The probability of a false alarm that the tests judge with. */
export const falseAlarm = 1e-6;

export function judged(check: LabCheck, options: unknown, staged: Staged = {}): Verdict {
  return judgeClaim(check, options, stage(staged), falseAlarm);
}

/** `pass`, `inconclusive`, or a failure's reason. */
export function outcome(verdict: Verdict): string {
  return verdict.status === 'fail' ? verdict.reason : verdict.status;
}

export function stage(staged: Staged): LabEvidence {
  const { files, observations } = taken(staged);
  return {
    view: new EvidenceView(readerOf(files), observations),
    scene: new Scene({ ...roles, ...staged.roles }, staged.objects ?? clusterObjects()),
  };
}

/** The observations of one taking, and their files by name. */
export function taken(
  staged: Staged,
  folder = '',
): { readonly files: ReadonlyMap<string, Uint8Array>; readonly observations: readonly Observation[] } {
  const { connections = [], objects = clusterObjects(), unsound, without = [] } = staged;
  const files = new Map<string, Uint8Array>();
  const part = (name: string, place: Place, role: string, format: string, content: string | Uint8Array): ObservationPart => {
    const file = `${folder}${name}/${place.replaceAll('/', '-')}-${role}.${format}`;
    files.set(file, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    return { place, role, format, file };
  };
  const packets = staged.packets ?? connections.flatMap(packetsOf);
  const flows = staged.flows ?? { before: [], after: connections.map(flowOf) };
  const answersPart = (name: string, answers: readonly Answer[]) =>
    part(name, 'pod/default/net-pod', 'answers', 'answers-json', printAnswers({ command: 'curl', answers: [...answers] }));
  const rulesAt = (node: string, role: Role) => rulesOf(staged, connections, node, role);
  const parts: Readonly<Record<string, readonly ObservationPart[]>> = {
    ...Object.fromEntries(Object.entries(staged.further ?? {}).map(([name, answers]) => [name, [answersPart(name, answers)]])),
    objects: [part('objects', 'local', 'objects', 'objects-json', JSON.stringify(objects))],
    outputs: [part('outputs', 'local', 'outputs', 'outputs-json', printOutputs(staged.outputs ?? []))],
    answers: [answersPart('answers', staged.answers ?? connections.map(answerOf))],
    latency: [part('latency', 'local', 'latency', 'latency-json', printLatency(staged.latency ?? { series: [] }))],
    programming: [part('programming', 'local', 'programming', 'programming-json', printProgramming(staged.programming ?? []))],
    wire: nodeNames.flatMap((node) => [
      part('wire', `node/${node}`, 'capture', 'pcap', pcapOf(packets, staged.frames ?? [], node)),
      part('wire', `node/${node}`, 'links', 'links-json', JSON.stringify(links)),
    ]),
    table: (['before', 'after'] as const).map((role) => part('table', `node/${clientNode}`, role, 'conntrack-xml', xmlOf(flows[role]))),
    recent: (['before', 'after'] as const).map((role) =>
      part('recent', `node/${clientNode}`, role, 'xt-recent', staged.recent?.[role] ?? ''),
    ),
    rules: nodeNames.flatMap((node) =>
      (['before', 'middle', 'after'] as const).flatMap((role) => [
        part('rules', `node/${node}`, role, 'iptables-save', saveText(rulesAt(node, role))),
        part('rules', `node/${node}`, role, 'nft-json', nftText(rulesAt(node, role), staged.nft)),
      ]),
    ),
  };
  const observations = Object.entries(parts)
    .filter(([name]) => !without.includes(name))
    .map(([name, own]) => observationOf(name, own, name === unsound));
  return { files, observations };
}

export function readerOf(files: ReadonlyMap<string, Uint8Array>): EvidenceReader {
  return {
    read: (name) => {
      const bytes = files.get(name);
      if (bytes === undefined) throw new UnreadableError(name, 'is not there');
      return bytes;
    },
  };
}

export const unsoundWhy = { en: 'tcpdump dropped 3 packets', ko: 'tcpdump가 패킷 3개를 놓쳤습니다' };

function observationOf(name: string, parts: readonly ObservationPart[], isUnsound: boolean): Observation {
  const soundness: Soundness = isUnsound ? { sound: false, why: unsoundWhy } : { sound: true };
  return { name, probe: name, step: 'test', attempt: 1, parts, soundness };
}

function rulesOf(staged: Staged, connections: readonly Connection[], node: string, role: Role): readonly TestRule[] {
  const perPod = [0, 1, 2].map((pod) => connections.filter((connection) => connection.pod === pod).length);
  const counts = staged.counts ?? { [clientNode]: countsFor(perPod) };
  const rules = role !== 'after' ? baseRules() : counted(baseRules(), counts[node] ?? {});
  return staged.change?.(rules, { node, role }) ?? rules;
}

const links = [
  { ifindex: 2, ifname: 'eth0' },
  { ifindex: 5, ifname: 'veth1' },
];

function pcapOf(packets: readonly TestPacket[], frames: NonNullable<Staged['frames']>, node: string): Uint8Array {
  const own = packets.filter((packet) => packet.node === node).map((packet) => ({ atUs: packet.atUs, data: frameOf(packet) }));
  const strange = frames.filter((frame) => frame.node === node).map(({ data }) => ({ atUs: 1_700_000_000_000_000, data }));
  const records = [...own, ...strange].map(({ atUs, data }) => ({ seconds: Math.floor(atUs / 1e6), fraction: atUs % 1e6, data }));
  return writePcap(records, { littleEndian: true, nanoseconds: false, linkType: 276 });
}

function frameOf({ link, direction, from, to, ttl, seq, ack }: TestPacket): Uint8Array {
  const flags = ack === undefined ? 0x02 : 0x12;
  const segment = tcp({ sourcePort: from.port, destinationPort: to.port, seq, ack: ack ?? 0, flags });
  const packet = ipv4({ protocol: 6, source: from.address, destination: to.address, ttl }, segment);
  const ifindex = link === 'eth0' ? 2 : 5;
  return bytesOf(sll2({ etherType: 0x0800, ifindex, hardwareType: 1, packetType: direction === 'in' ? 0 : 4 }, packet));
}

/** As `conntrack -L -o xml,id` prints it. */
function xmlOf(flows: readonly Flow[]): string {
  if (flows.length === 0) return '';
  const meta = (direction: string, { src, dst, sport, dport }: Tuple) =>
    `<meta direction="${direction}"><layer3 protonum="2" protoname="ipv4"><src>${src}</src><dst>${dst}</dst></layer3>` +
    `<layer4 protonum="6" protoname="tcp"><sport>${sport}</sport><dport>${dport}</dport></layer4></meta>`;
  const body = flows.map(
    ({ id, original, reply, state, timeout }) =>
      `<flow>${meta('original', original)}${meta('reply', reply)}<meta direction="independent"><state>${state}</state><timeout>${timeout}</timeout>` +
      `<mark>0</mark><use>1</use><id>${id}</id><assured/></meta></flow>\n`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n${body.join('')}</conntrack>\n`;
}
