import { z } from 'zod';
import type { NodeReading } from './reading.js';
import type { Roles } from './roles.js';
import { type Sections, sectionsOf } from './sections.js';

/** ifindex, and for veths link_netnsid, only number things in the order in which they were made. */
const linkSchema = z.object({
  ifname: z.string(),
  link_index: z.number().exactOptional(),
  flags: z.array(z.string()),
  mtu: z.number(),
  qdisc: z.string(),
  operstate: z.string(),
  group: z.string(),
  txqlen: z.number().exactOptional(),
  link_type: z.string(),
  address: z.string(),
  broadcast: z.string(),
  addr_info: z.array(z.looseObject({ family: z.string(), local: z.string(), prefixlen: z.number() })),
});
type Link = z.infer<typeof linkSchema>;

const routeSchema = z.looseObject({ dst: z.string(), dev: z.string().exactOptional() });
type Route = z.infer<typeof routeSchema>;

/** The links with their addresses, the routes and the sysctls of a node. @throws ZodError for what `ip` does not print. */
export function canonicalLinks(reading: NodeReading, roles: Roles): Sections {
  const links = z.array(linkSchema).parse(JSON.parse(reading.addr));
  const routes = z.array(routeSchema).parse(JSON.parse(reading.route));
  const words = wordsOf(links, routes, roles);
  return sectionsOf([
    ['routes', routes.map((route) => routeLine(route, words)).sort()],
    ...links.map((link) => [`link ${words(link.ifname)}`, linkLines(link, words)] as const),
    ['sysctls', reading.sysctls.trimEnd().split('\n').sort()],
  ]);
}

/** Besides the roles: a veth is that of the pod which its route leads to; Docker's network has another range on another machine. */
function wordsOf(links: readonly Link[], routes: readonly Route[], roles: Roles): (text: string) => string {
  const veths = new Map(
    routes.flatMap(({ dst, dev }) => {
      const pod = dev?.startsWith('veth') ? roles.address(dst) : undefined;
      return dev === undefined || pod === undefined ? [] : [[dev, `veth of ${pod}`] as const];
    }),
  );
  const eth0 = links.find(({ ifname }) => ifname === 'eth0')?.addr_info.find(({ family }) => family === 'inet');
  const range = routes.find(({ dst, prefsrc }) => dst.includes('/') && prefsrc === eth0?.local)?.dst;
  const gateway = routes.find(({ dst, dev }) => dst === 'default' && dev === 'eth0')?.['gateway'];
  const broadcast = eth0?.['broadcast'];
  const docker = new Map([
    [range, "the range of Docker's network"],
    [gateway, "the gateway of Docker's network"],
    [broadcast, "the broadcast address of Docker's network"],
  ]);
  return (text) =>
    text
      .replaceAll(/\bveth[0-9a-f]{8}\b/g, (veth) => veths.get(veth) ?? veth)
      .replaceAll(/\b\d+\.\d+\.\d+\.\d+(?:\/\d+)?/g, (word) => roles.address(word) ?? docker.get(word) ?? word);
}

function routeLine({ dst, ...rest }: Route, words: (text: string) => string): string {
  const parts = Object.entries(rest)
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return words([dst, ...parts.sort()].join(' '));
}

function linkLines(link: Link, words: (text: string) => string): readonly string[] {
  const { ifname, addr_info, address, link_index, ...rest } = link;
  return [
    ...Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
    `address ${macWords(address)}`,
    // A pod's own end is the second interface there; at the other end of eth0 is a bridge of which nothing is known.
    ...(ifname !== 'eth0' && link_index !== undefined ? [`link_index ${link_index}`] : []),
    ...addr_info.map((info) => `addr ${words(addressLine(info, link))}`),
  ].sort();
}

function addressLine(info: Link['addr_info'][number], link: Link): string {
  const local = info.family === 'inet6' ? ipv6Words(info.local, link) : info.local;
  return Object.entries({ ...info, local })
    .filter(([key]) => key !== 'valid_life_time' && key !== 'preferred_life_time')
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

/** Docker and the kernel give addresses with the bit for "local" set and the one for a group not set. */
function macWords(mac: string): string {
  return (Number.parseInt(mac.slice(0, 2), 16) & 3) === 2 ? 'one that was made up' : mac;
}

/** kind's range for its network is always the same (kind v0.24.0, `generateULASubnetFromName`): each node has some address of it. */
function ipv6Words(address: string, link: Link): string {
  if (address.startsWith('fc00:f853:ccd:e793:')) return "an address of kind's IPv6 range";
  return address === linkLocal(link.address) ? 'made of the MAC address' : address;
}

/** The link-local address of a MAC address (RFC 4291, appendix A), as the kernel prints it. */
function linkLocal(mac: string): string {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  const [first = 0, second = 0, third = 0, ...last] = bytes;
  const eui = [first ^ 2, second, third, 0xff, 0xfe, ...last];
  const groups = [0, 2, 4, 6].map((i) => (((eui[i] ?? 0) << 8) | (eui[i + 1] ?? 0)).toString(16));
  return `fe80::${groups.join(':')}`.replace(/^fe80::0:/, 'fe80::');
}
