/** IPv4 addresses as numbers, 0 to 2^32-1. The caller has validated the texts. */
export function ipToNumber(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function numberToIp(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

export interface Cidr {
  readonly base: number;
  readonly prefix: number;
  /** Number of addresses. */
  readonly size: number;
}

export function parseCidr(text: string): Cidr {
  const [address = '', prefix = ''] = text.split('/');
  return { base: ipToNumber(address), prefix: Number(prefix), size: 2 ** (32 - Number(prefix)) };
}

/** The n-th range of the given prefix length inside a wider one, as the node IPAM controller cuts pod ranges. */
export function subRange(cidr: Cidr, prefix: number, n: number): string | undefined {
  const size = 2 ** (32 - prefix);
  const base = cidr.base + n * size;
  return base + size <= cidr.base + cidr.size ? `${numberToIp(base)}/${prefix}` : undefined;
}
