import type { Packet } from '../packet.js';
import { run } from './namespace.js';

/** What is compared, by tshark's names. A field that a packet does not have is an empty text. */
export type Row = Readonly<Record<string, string>>;

const fields = [
  'frame.time_epoch frame.len sll.ifindex sll.pkttype sll.hatype',
  'arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.hw_mac arp.dst.proto_ipv4',
  'ip.src ip.dst ip.ttl ip.proto ip.id ip.frag_offset ip.flags.mf ipv6.src ipv6.dst ipv6.hlim ipv6.nxt',
  'tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.flags tcp.len udp.srcport udp.dstport udp.payload',
  'icmp.type icmp.code icmp.ident icmp.seq icmpv6.type icmpv6.code icmpv6.echo.identifier icmpv6.echo.sequence_number',
].flatMap((line) => line.split(' '));

/** Fields whose second value, of the packet inside an ICMP error, is compared too; of the others only the first is. */
const inside = new Set([
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.nxt',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
]);

/** @throws Error that says what to install when there is no tshark. */
export async function tsharkRows(file: string, folder: string): Promise<readonly Row[]> {
  const preferences = [
    'ip.defragment:FALSE',
    'ipv6.defragment:FALSE',
    'tcp.desegment_tcp_streams:FALSE',
    'tcp.relative_sequence_numbers:FALSE',
  ];
  const argv = [
    'tshark',
    '-n',
    '-r',
    file,
    ...preferences.flatMap((preference) => ['-o', preference]),
    '-T',
    'fields',
    '-E',
    'occurrence=a',
  ];
  const result = await run([...argv, ...fields.flatMap((field) => ['-e', field])], folder).catch((error: unknown) => {
    throw new Error('this test compares with tshark: apt-get install --no-install-recommends tshark', { cause: error });
  });
  if (result.code !== 0) throw new Error(result.stderr);
  return result.stdout.trimEnd().split('\n').map(readRow);
}

function readRow(line: string): Row {
  const values = line.split('\t');
  const row = Object.fromEntries(
    fields.map((field, i) => {
      const value = values[i] ?? '';
      if (field === 'frame.time_epoch') return [field, value.slice(0, -3)];
      return [field, inside.has(field) ? value : plain(value.split(',')[0] ?? '')];
    }),
  );
  return { ...row, ...Object.fromEntries(notDecoded(row).map((field) => [field, ''])) };
}

/** Versions of tshark differ in how they write numbers and flags. */
function plain(value: string): string {
  if (/^0x[0-9a-f]+$/.test(value)) return String(Number(value));
  return value === 'True' ? '1' : value === 'False' ? '0' : value;
}

/** tshark goes deeper in two cases: the packet inside an ICMP error, beyond its tuple, and what follows an IPv6 extension header. */
function notDecoded(row: Row): readonly string[] {
  if (row['ipv6.nxt'] === '0') return ['icmpv6.type', 'icmpv6.code'];
  if (row['icmp.type'] || row['icmpv6.type']) return ['tcp.seq_raw', 'tcp.ack_raw', 'tcp.flags', 'tcp.len', 'udp.payload'];
  return [];
}

/** The same of a packet of ours. */
export function rowOf(packet: Packet): Row {
  const seconds = Math.floor(packet.timestampUs / 1_000_000);
  const row: Record<string, string> = Object.fromEntries(fields.map((field) => [field, '']));
  row['frame.time_epoch'] = `${seconds}.${String(packet.timestampUs - seconds * 1_000_000).padStart(6, '0')}`;
  row['frame.len'] = String(packet.length);
  if (packet.ifindex !== undefined) {
    row['sll.ifindex'] = String(packet.ifindex);
    row['sll.hatype'] = String(packet.hardwareType);
  }
  Object.assign(row, arpFields(packet), ipFields(packet), transportFields(packet));
  return row;
}

/** tshark's packet type says more than a direction. */
export function directionOf(row: Row): Packet['direction'] {
  return row['sll.pkttype'] === '' || row['sll.pkttype'] === '3' ? 'other' : row['sll.pkttype'] === '4' ? 'out' : 'in';
}

function arpFields(packet: Packet): Row {
  if (packet.kind !== 'arp') return {};
  return {
    'arp.opcode': String(packet.operation),
    'arp.src.hw_mac': packet.senderMac,
    'arp.src.proto_ipv4': packet.source,
    'arp.dst.hw_mac': packet.targetMac,
    'arp.dst.proto_ipv4': packet.destination,
  };
}

function ipFields(packet: Packet): Row {
  if (!('version' in packet)) return {};
  const about = packet.kind === 'icmp' ? packet.about : undefined;
  const both = (outer: string | number, inner: string | number | undefined) => (inner === undefined ? String(outer) : `${outer},${inner}`);
  const source = both(packet.source, about?.source);
  const destination = both(packet.destination, about?.destination);
  const protocol = both(packet.protocol, about?.protocol);
  if (packet.version === 6) return { 'ipv6.src': source, 'ipv6.dst': destination, 'ipv6.hlim': String(packet.ttl), 'ipv6.nxt': protocol };
  return {
    'ip.src': source,
    'ip.dst': destination,
    'ip.proto': protocol,
    'ip.ttl': String(packet.ttl),
    'ip.id': String(packet.identification),
    'ip.frag_offset': String(packet.fragmentOffset / 8),
    'ip.flags.mf': packet.moreFragments ? '1' : '0',
  };
}

function transportFields(packet: Packet): Row {
  switch (packet.kind) {
    case 'tcp':
      return {
        'tcp.srcport': String(packet.sourcePort),
        'tcp.dstport': String(packet.destinationPort),
        'tcp.seq_raw': String(packet.seq),
        'tcp.ack_raw': String(packet.ack),
        'tcp.flags': String(packet.flags),
        'tcp.len': String(packet.payloadLength),
      };
    case 'udp':
      return {
        'udp.srcport': String(packet.sourcePort),
        'udp.dstport': String(packet.destinationPort),
        'udp.payload': Buffer.from(packet.payload).toString('hex'),
      };
    case 'icmp': {
      const prefix = packet.version === 4 ? 'icmp' : 'icmpv6';
      const ports = packet.about?.protocol === 6 ? 'tcp' : 'udp';
      return {
        [`${prefix}.type`]: String(packet.type),
        [`${prefix}.code`]: String(packet.code),
        ...(packet.id === undefined ? {} : { [packet.version === 4 ? 'icmp.ident' : 'icmpv6.echo.identifier']: String(packet.id) }),
        ...(packet.about?.sourcePort === undefined ? {} : { [`${ports}.srcport`]: String(packet.about.sourcePort) }),
        ...(packet.about?.destinationPort === undefined ? {} : { [`${ports}.dstport`]: String(packet.about.destinationPort) }),
        ...(packet.sequence === undefined
          ? {}
          : { [packet.version === 4 ? 'icmp.seq' : 'icmpv6.echo.sequence_number']: String(packet.sequence) }),
      };
    }
    default:
      return {};
  }
}
