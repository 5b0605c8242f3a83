/** An IPv4 address as a number from 0 to 2^32-1. */
export type Ipv4 = number;

export interface Ipv4Range {
  readonly base: Ipv4;
  readonly bits: number;
}

/** Octets may have leading zeros and are decimal all the same, as in `ParseIPSloppy` of k8s.io/utils/net. Undefined for anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number);
  if (octets === undefined || octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

export function formatIpv4(address: Ipv4): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** `address/bits`, or an address alone (32 bits); host bits are cleared. Undefined for anything else. */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  const [address = '', prefix = '32', ...rest] = text.split('/');
  const parsed = parseIpv4(address);
  if (parsed === undefined || rest.length > 0) return undefined;
  const bits = /^\d+$/.test(prefix) ? Number(prefix) : maskBits(prefix);
  if (bits === undefined || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  return { base: Math.floor(parsed / size) * size, bits };
}

export function formatIpv4Range(range: Ipv4Range): string {
  return `${formatIpv4(range.base)}/${range.bits}`;
}

export function rangeHolds(range: Ipv4Range, address: Ipv4): boolean {
  return address >= range.base && address < range.base + 2 ** (32 - range.bits);
}

/** The prefix length of a dotted mask; undefined when its ones are not contiguous. */
function maskBits(mask: string): number | undefined {
  const value = parseIpv4(mask);
  if (value === undefined) return undefined;
  const bits = Math.log2(2 ** 32 - value);
  return Number.isInteger(bits) ? 32 - bits : undefined;
}
