import { isIP } from 'node:net';
import { UnreadableError } from './unreadable.js';
import { parseXml, type XmlElement } from './xml.js';

/** One direction of a connection. Ports are absent for protocols that have none (ICMP). */
export interface Tuple {
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
}

/** One entry of the kernel's connection table. NAT shows in the reply tuple: without it, that is the original one turned round. */
export interface Flow {
  readonly id: number;
  /** `tcp`, `udp`, `icmp`, ... */
  readonly protocol: string;
  readonly original: Tuple;
  readonly reply: Tuple;
  /** TCP's state: `ESTABLISHED`, `TIME_WAIT`, ... */
  readonly state?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly assured: boolean;
  /** No reply has been seen yet. */
  readonly unreplied: boolean;
  readonly mark: number;
  readonly zone?: number;
}

/**
 * Reads `conntrack -L -o xml,id` (conntrack-tools 1.4.7; the elements are those of libnetfilter_conntrack's snprintf_xml.c).
 * conntrack prints nothing at all for an empty table, so an empty text is an empty table.
 * @throws UnreadableError with the line and column of what is wrong: a text cut short, an unknown element, a value out of range.
 */
export function parseConntrack(text: string): readonly Flow[] {
  if (text.trim() === '') return [];
  return flowsByLine(text) ?? flowsOf(text);
}

function flowsOf(text: string): readonly Flow[] {
  const root = parseXml(text);
  if (root.name !== 'conntrack') throw new UnreadableError(root.where(), `<conntrack> is expected, not <${root.name}>`);
  return root.children.map(readFlow);
}

/**
 * conntrack prints a line for each entry, and thousands of lines are alike but for their values: those are read at once, and any other by itself.
 * @returns undefined where something is not as it should be, for the table as a whole to tell where.
 */
function flowsByLine(text: string): readonly Flow[] | undefined {
  const [declaration = '', start, ...lines] = text.split('\n');
  if (!declaration.startsWith('<?xml ') || start !== '<conntrack>' || lines.pop() !== '' || lines.pop() !== '</conntrack>')
    return undefined;
  const flows: Flow[] = [];
  for (const line of lines) {
    const flow = usualFlow(line) ?? otherFlow(line);
    if (flow === undefined) return undefined;
    flows.push(flow);
  }
  return flows;
}

const usualTuple = (direction: string): string =>
  `<meta direction="${direction}"><layer3 protonum="2" protoname="ipv4"><src>([^<]+)</src><dst>([^<]+)</dst></layer3>` +
  '<layer4 protonum="6" protoname="tcp"><sport>([0-9]{1,5})</sport><dport>([0-9]{1,5})</dport></layer4></meta>';
/** A connection of TCP's that was answered (libnetfilter_conntrack, snprintf_xml.c). */
const usual = new RegExp(
  `^<flow>${usualTuple('original')}${usualTuple('reply')}<meta direction="independent"><state>([A-Z_]+)</state>` +
    '<timeout>([0-9]{1,9})</timeout><mark>([0-9]{1,9})</mark><use>[0-9]+</use><id>([0-9]{1,10})</id><assured/></meta></flow>$',
);

function usualFlow(line: string): Flow | undefined {
  const found = usual.exec(line);
  if (found === null) return undefined;
  const [, src = '', dst = '', sport, dport, replySrc = '', replyDst = '', replySport, replyDport, state = '', timeout, mark, id] = found;
  const original = { src, dst, sport: Number(sport), dport: Number(dport) };
  const reply = { src: replySrc, dst: replyDst, sport: Number(replySport), dport: Number(replyDport) };
  if (![original, reply].every(isTuple) || Number(id) > 0xffff_ffff) return undefined;
  const [assured, unreplied] = [true, false];
  return { id: Number(id), protocol: 'tcp', original, reply, state, timeout: Number(timeout), assured, unreplied, mark: Number(mark) };
}

function isTuple({ src, dst, sport = 0, dport = 0 }: Tuple): boolean {
  return isIP(src) !== 0 && isIP(dst) !== 0 && sport <= 0xffff && dport <= 0xffff;
}

function otherFlow(line: string): Flow | undefined {
  try {
    return readFlow(parseXml(line));
  } catch (error) {
    if (error instanceof UnreadableError) return undefined;
    throw error;
  }
}

/**
 * The entries of `after` that began since `before`. A client that comes back to a port whose entry is still in TIME_WAIT gets a new entry in
 * the place of the old one (nf_conntrack_proto_tcp.c), often at the same address in memory, and then with the same id. Its timeout tells: that of an old
 * entry can only have fallen, and in TIME_WAIT by as much as all others', while that of a new one began anew. Where the old connection ended just
 * before `before` and the new one just after it, even that does not tell, and the entry is taken for the old one.
 * @param mayBeRemade whether a connection of this entry's original tuple began meanwhile. Of other entries a timeout that rose says nothing: a segment that
 *   comes late to a connection that has ended sets it anew.
 */
export function newFlows(
  before: readonly Flow[],
  after: readonly Flow[],
  mayBeRemade: (flow: Flow) => boolean = () => true,
): readonly Flow[] {
  const known = new Map(before.map((flow) => [identity(flow), flow]));
  const pairs = after.map((flow): Pair => ({ flow, old: known.get(identity(flow)) }));
  const waiting = pairs.filter(bothWait);
  const elapsed = waiting.reduce((most, pair) => Math.max(most, fall(pair)), 0);
  const longest = waiting.reduce((most, { flow }) => Math.max(most, flow.timeout ?? 0), 0);
  return pairs
    .filter((pair) => pair.old === undefined || (mayBeRemade(pair.flow) && isRemade(pair, { elapsed, longest })))
    .map(({ flow }) => flow);
}

/** An entry, and what had its id and tuples before. */
interface Pair {
  readonly flow: Flow;
  readonly old: Flow | undefined;
}

/**
 * A table is not read in one moment: between two readings, of entries that wait all alike, some seem to have waited a second or two less than others.
 * @param elapsed the most that a timeout fell, in seconds; `longest`: what none in TIME_WAIT exceeds.
 */
function isRemade(pair: Pair, { elapsed, longest }: { readonly elapsed: number; readonly longest: number }): boolean {
  if (!bothWait(pair)) return fall(pair) < 0;
  const began = (pair.flow.timeout ?? 0) >= longest - elapsed - 1;
  return began && fall(pair) < Math.max(0, elapsed - 2);
}

/** By how many seconds the timeout fell. */
function fall({ flow, old }: Pair): number {
  return (old?.timeout ?? 0) - (flow.timeout ?? 0);
}

function bothWait({ flow, old }: Pair): boolean {
  return flow.state === 'TIME_WAIT' && old?.state === 'TIME_WAIT';
}

function identity({ id, protocol, original, reply, zone }: Flow): string {
  const tuple = ({ src, sport, dst, dport }: Tuple): string => [src, sport, dst, dport].join(' ');
  return [id, protocol, zone ?? 0, tuple(original), tuple(reply)].join(' ');
}

const knownMeta = new Set([
  'state',
  'timeout',
  'mark',
  'labels',
  'secmark',
  'secctx',
  'zone',
  'use',
  'id',
  'assured',
  'unreplied',
  'timestamp',
  'deltatime',
  'when',
  'helper',
]);

function readFlow(element: XmlElement): Flow {
  if (element.name !== 'flow') throw new UnreadableError(element.where(), `<flow> is expected, not <${element.name}>`);
  const original = readDirection(element, 'original');
  const reply = readDirection(element, 'reply');
  const meta = metaOf(element, 'independent');
  for (const child of meta.children) {
    if (!knownMeta.has(child.name)) throw new UnreadableError(child.where(), `<${child.name}> is not known`);
  }
  const state = child(meta, 'state')?.text;
  const timeout = optionalNumber(meta, 'timeout', 0xffff_ffff);
  const zone = optionalNumber(meta, 'zone', 0xffff) ?? original.zone;
  return {
    id: requiredNumber(meta, 'id', 0xffff_ffff),
    protocol: original.protocol,
    original: original.tuple,
    reply: reply.tuple,
    ...(state === undefined ? {} : { state }),
    ...(timeout === undefined ? {} : { timeout }),
    assured: child(meta, 'assured') !== undefined,
    unreplied: child(meta, 'unreplied') !== undefined,
    mark: optionalNumber(meta, 'mark', 0xffff_ffff) ?? 0,
    ...(zone === undefined ? {} : { zone }),
  };
}

function readDirection(flow: XmlElement, direction: 'original' | 'reply'): { protocol: string; tuple: Tuple; zone: number | undefined } {
  const meta = metaOf(flow, direction);
  const layer3 = required(meta, 'layer3');
  const layer4 = required(meta, 'layer4');
  const sport = optionalNumber(layer4, 'sport', 0xffff);
  const dport = optionalNumber(layer4, 'dport', 0xffff);
  const protocol = layer4.attributes.get('protoname');
  if (protocol === undefined) throw new UnreadableError(layer4.where(), '<layer4> without protoname');
  const tuple: Tuple = {
    src: address(layer3, 'src'),
    dst: address(layer3, 'dst'),
    ...(sport === undefined ? {} : { sport }),
    ...(dport === undefined ? {} : { dport }),
  };
  return { protocol, tuple, zone: optionalNumber(meta, 'zone', 0xffff) };
}

function metaOf(flow: XmlElement, direction: string): XmlElement {
  const found = flow.children.find((element) => element.name === 'meta' && element.attributes.get('direction') === direction);
  if (found === undefined) throw new UnreadableError(flow.where(), `this <flow> has no <meta direction="${direction}">`);
  return found;
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((candidate) => candidate.name === name);
}

function required(element: XmlElement, name: string): XmlElement {
  const found = child(element, name);
  if (found === undefined) throw new UnreadableError(element.where(), `this <${element.name}> has no <${name}>`);
  return found;
}

function address(layer3: XmlElement, name: 'src' | 'dst'): string {
  const found = required(layer3, name);
  if (isIP(found.text) === 0) throw new UnreadableError(found.where(), `'${found.text}' is not an address`);
  return found.text;
}

function requiredNumber(element: XmlElement, name: string, most: number): number {
  return numberIn(required(element, name), most);
}

function optionalNumber(element: XmlElement, name: string, most: number): number | undefined {
  const found = child(element, name);
  return found === undefined ? undefined : numberIn(found, most);
}

function numberIn(element: XmlElement, most: number): number {
  const value = /^\d{1,10}$/.test(element.text) ? Number(element.text) : Number.NaN;
  if (!(value <= most)) throw new UnreadableError(element.where(), `'${element.text}' is not a whole number from 0 to ${most}`);
  return value;
}
