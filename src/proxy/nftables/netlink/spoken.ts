import { parseIpv4 } from '../../ipv4.js';
import { table } from '../words.js';
import { compare, dnat, draw, goTo, l4proto, masked, networkHeader, payload, transportHeader } from './expressions.js';
import type { MessageWriter } from './message-writer.js';

/** The name and the id that the transaction has for the map of a draw. */
export interface DrawMap {
  readonly name: string;
  readonly id: number;
}

interface Statement {
  readonly pattern: RegExp;
  write(to: MessageWriter, words: readonly string[], map: DrawMap): void;
}

const protocolNumbers: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 };
const protocol = `(${Object.keys(protocolNumbers).join('|')})`;
const ipv4 = String.raw`(\d+\.\d+\.\d+\.\d+)`;
const sourceOffset = 12;
const destinationOffset = 16;
const portOffset = 2;

/** The statements that a ClusterIP's rules consist of, as the kernel's expressions: the same that nft 1.0.6 makes of them (`nft --debug=netlink`). */
const statements: readonly Statement[] = [
  { pattern: RegExp(`ip daddr ${ipv4}`), write: (to, [address = '']) => matchAddress(to, destinationOffset, address) },
  {
    pattern: RegExp(String.raw`ip saddr != ${ipv4}/(\d+)`),
    write: (to, [base = '', bits]) => matchAddress(to, sourceOffset, base, Number(bits), false),
  },
  { pattern: RegExp(`ip saddr ${ipv4}`), write: (to, [address = '']) => matchAddress(to, sourceOffset, address) },
  {
    pattern: RegExp(String.raw`${protocol} dport (\d+)`),
    write(to, [name = '', port]) {
      matchProtocol(to, name);
      payload(to, transportHeader, portOffset, 2);
      compare(to, true, portBytes(Number(port)));
    },
  },
  { pattern: RegExp(`meta l4proto ${protocol}`), write: (to, [name = '']) => matchProtocol(to, name) },
  { pattern: /(jump|goto) (\S+)/, write: (to, [kind, chain = '']) => goTo(to, kind === 'jump' ? 'jump' : 'goto', chain) },
  {
    pattern: RegExp(String.raw`dnat to ${ipv4}:(\d+)`),
    write: (to, [address = '', port]) => dnat(to, addressBytes(address), portBytes(Number(port))),
  },
  {
    pattern: /numgen random mod (\d+) vmap \{ (\d+ : goto \S+(?: , \d+ : goto \S+)*) \}/,
    write: (to, [modulus], { name, id }) => draw(to, Number(modulus), name, id),
  },
];

const sources = statements.map(({ pattern }) => pattern.source);
const spokenRule = RegExp(String.raw`^add rule ${table} (\S+) ((?:${sources.join('|')})(?: (?:${sources.join('|')}))*)$`);
const spokenChain = RegExp(String.raw`^(add|flush) chain ${table} (\S+)$`);
const spokenElement = RegExp(String.raw`^add element ${table} (\S+) \{ ${ipv4}(?: \. ${protocol} \. (\d+) : goto (\S+))? \}$`);
const sticky = statements.map(({ pattern, write }) => ({ pattern: RegExp(`${pattern.source}(?: |$)`, 'y'), write }));

/** Whether a line of the table's text can be said to the kernel without nft. */
export function isSpoken(line: string): boolean {
  return spokenRule.test(line) || spokenElement.test(line) || spokenChain.test(line);
}

export type SpokenLine =
  | { readonly kind: 'chain'; readonly chain: string }
  | { readonly kind: 'flush'; readonly chain: string }
  | { readonly kind: 'element'; readonly set: string; readonly element: SpokenElement }
  | {
      readonly kind: 'rule';
      readonly chain: string;
      readonly targets: readonly string[];
      expressions(to: MessageWriter, map: DrawMap): void;
    };

export interface SpokenElement {
  readonly key: Uint8Array;
  /** The chain that a map leads to. */
  readonly target: string | undefined;
}

/** @throws Error for a line that is not spoken. */
export function readSpoken(line: string): SpokenLine {
  const [, verb, chain] = spokenChain.exec(line) ?? [];
  if (chain !== undefined) return { kind: verb === 'add' ? 'chain' : 'flush', chain };
  const [, set, address, name, port, target] = spokenElement.exec(line) ?? [];
  if (set !== undefined && address !== undefined)
    return { kind: 'element', set, element: { key: elementKey(address, name, port), target } };
  const [, into, words] = spokenRule.exec(line) ?? [];
  if (into === undefined || words === undefined) throw new Error(`not one of kube-proxy's lines for a ClusterIP: ${line}`);
  const drawn = words.startsWith('numgen ') ? [...words.matchAll(/goto (\S+)/g)].map(([, to = '']) => to) : [];
  return { kind: 'rule', chain: into, targets: drawn, expressions: (to, map) => writeStatements(to, words, map) };
}

function writeStatements(to: MessageWriter, words: string, map: DrawMap): void {
  for (let at = 0; at < words.length; ) {
    const begun = at;
    for (const { pattern, write } of sticky) {
      pattern.lastIndex = at;
      const found = pattern.exec(words);
      if (found === null) continue;
      write(to, found.slice(1), map);
      at = pattern.lastIndex;
      break;
    }
    if (at === begun) throw new Error(`not a statement of a ClusterIP's rules: ${words.slice(at)}`);
  }
}

/** Each part of a key that has several takes whole registers of four bytes. */
function elementKey(address: string, name: string | undefined, port: string | undefined): Uint8Array {
  if (name === undefined) return addressBytes(address);
  const key = Buffer.alloc(12);
  key.set(addressBytes(address), 0);
  key.writeUInt8(protocolNumbers[name] ?? 0, 4);
  key.set(portBytes(Number(port)), 8);
  return key;
}

/** Of a range with whole bytes only these are loaded, of others all four and then the range's bits. */
function matchAddress(to: MessageWriter, offset: number, address: string, bits = 32, equal = true): void {
  const whole = bits % 8 === 0 && bits > 0;
  const bytes = addressBytes(address);
  payload(to, networkHeader, offset, whole ? bits / 8 : 4);
  if (!whole) masked(to, addressNumberBytes(2 ** 32 - 2 ** (32 - bits)));
  compare(to, equal, whole ? bytes.subarray(0, bits / 8) : bytes);
}

function matchProtocol(to: MessageWriter, name: string): void {
  l4proto(to);
  compare(to, true, Uint8Array.of(protocolNumbers[name] ?? 0));
}

function addressBytes(address: string): Buffer {
  return addressNumberBytes(parseIpv4(address) ?? 0);
}

function addressNumberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}
