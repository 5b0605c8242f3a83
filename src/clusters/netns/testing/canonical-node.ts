import { z } from 'zod';
import type { KubeObject } from '../../../core/cluster.js';
import { isEndpointSlice, isNode, isService } from '../../../objects/guards.js';

/** What a node shows of itself: `ip route`, `ip -j addr`, `iptables-save`. */
export interface NodeTexts {
  readonly route: string;
  readonly addr: string;
  readonly rules: string;
}

export interface PodAddress {
  readonly name: string;
  readonly node: string;
  readonly address: string;
}

/** Sections (`route`, `link eth0`, `nat KUBE-SERVICES`) of lines. */
export type CanonicalNode = ReadonlyMap<string, readonly string[]>;

/**
 * A node in words that two clusters of one shape share: addresses, pod ranges, node ports and the names made of them become what they stand for.
 * Every word that stands for nothing known stays as it is.
 */
export function canonicalNode(texts: NodeTexts, objects: readonly KubeObject[], pods: readonly PodAddress[]): CanonicalNode {
  const name = roles(objects, pods);
  const routes = texts.route.split('\n').map((line) => line.trim());
  const veths = new Map(
    routes.flatMap((line) =>
      [/^(\S+) dev (veth[0-9a-f]{8}) /.exec(line)].flatMap((m) =>
        m === null ? [] : ([[m[2] ?? '', `veth of ${name(m[1] ?? '')}`]] as const),
      ),
    ),
  );
  const link = (text: string): string => text.replaceAll(/\bveth[0-9a-f]{8}\b/g, (veth) => veths.get(veth) ?? veth);
  const sections = new Map<string, readonly string[]>();
  sections.set(
    'route',
    routes
      .filter((line) => line !== '')
      .map((line) => name(link(line)))
      .sort(),
  );
  for (const { ifname, ...rest } of z.array(linkSchema).parse(JSON.parse(texts.addr))) {
    const own = ifname === 'eth0' ? rest.addr_info.find(({ family }) => family === 'inet')?.local : undefined;
    sections.set(
      `link ${link(ifname)}`,
      linkLines(rest, own, (text) => name(link(text))),
    );
  }
  for (const [chain, rules] of chains(texts.rules, objects, name)) sections.set(chain, rules);
  return new Map([...sections].sort(([a], [b]) => (a < b ? -1 : 1)));
}

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
  addr_info: z.array(z.looseObject({ family: z.string(), local: z.string() })),
});

function linkLines(
  link: Omit<z.infer<typeof linkSchema>, 'ifname'>,
  own: string | undefined,
  name: (text: string) => string,
): readonly string[] {
  const { addr_info, address, link_index, ...rest } = link;
  return [
    ...Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
    `address ${macWords(address, own)}`,
    // A pod's own end is the second interface there; at the other end of eth0 is a bridge of which nothing is known.
    ...(own === undefined && link_index !== undefined ? [`link_index ${link_index}`] : []),
    ...addr_info.map((info) => `addr ${name(ipv6Words(JSON.stringify(info), own))}`),
  ].sort();
}

/** Docker makes the MAC address of the IPv4 one; the kernel's random ones are local and not of a group. */
function macWords(mac: string, own: string | undefined): string {
  if (
    own !== undefined &&
    mac ===
      `02:42:${own
        .split('.')
        .map((octet) => Number(octet).toString(16).padStart(2, '0'))
        .join(':')}`
  )
    return 'made of the IPv4 address';
  const first = Number.parseInt(mac.slice(0, 2), 16);
  return (first & 3) === 2 ? 'random' : mac;
}

function ipv6Words(text: string, own: string | undefined): string {
  const last = Number(own?.split('.').at(-1)).toString(16);
  return text
    .replaceAll(`"fc00:f853:ccd:e793::${last}"`, '"the same number in fc00:f853:ccd:e793::"')
    .replaceAll(`"fe80::42:acff:fe12:${last}"`, '"made of the MAC address"');
}

function roles(objects: readonly KubeObject[], pods: readonly PodAddress[]): (text: string) => string {
  const known = new Map<string, string>();
  for (const node of objects.filter(isNode)) {
    const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
    const range = node.spec.podCIDR ?? '';
    known
      .set(address, node.metadata.name)
      .set(range, `pods of ${node.metadata.name}`)
      .set(range.replace(/0\/24$/, '1'), `gateway of ${node.metadata.name}`);
  }
  for (const pod of pods) known.set(pod.address, pod.name.replace(/^(deploy-echo|coredns)-.*/, `$1 on ${pod.node}`));
  for (const service of objects.filter(isService)) known.set(service.spec.clusterIP ?? '', `Service ${service.metadata.name}`);
  return (text) =>
    text.replaceAll(
      /\b\d+\.\d+\.\d+\.\d+(\/\d+)?/g,
      (word) => known.get(word) ?? (word.endsWith('/32') ? known.get(word.slice(0, -3)) : undefined) ?? word,
    );
}

/** `nat KUBE-SERVICES` to its rules. Where rules of several Services stand in any order (kube-proxy goes through a Go map), they are sorted; the last, which has to be last, stays. */
function chains(save: string, objects: readonly KubeObject[], name: (text: string) => string): Map<string, readonly string[]> {
  const word = serviceWords(save, objects);
  const found = new Map<string, string[]>();
  let table = '';
  for (const line of save.split('\n')) {
    const [, chain = '', policy = '', rule = ''] = /^(?::(\S+) (\S+) |(?:\[\d+:\d+\] )?-A .*)/.exec(line) ?? [];
    if (line.startsWith('*')) table = line.slice(1);
    else if (chain !== '') found.set(`${table} ${word(chain)}`, [`policy ${policy}`]);
    else if (rule !== undefined && line.includes('-A ')) {
      const [, of = '', spec = ''] = /-A (\S+) (.*)/.exec(line) ?? [];
      found.get(`${table} ${word(of)}`)?.push(name(word(spec)));
    }
  }
  return new Map(
    [...found].map(([key, rules]) => [
      key,
      /KUBE-(SERVICES|NODEPORTS)$/.test(key) ? [...rules.slice(0, -1).sort(), ...rules.slice(-1)] : rules,
    ]),
  );
}

/** Endpoints by the order of their addresses, their chains, and node ports, by the Service that they belong to. */
function serviceWords(save: string, objects: readonly KubeObject[]): (text: string) => string {
  const backends = new Map<string, string>();
  for (const slice of objects.filter(isEndpointSlice)) {
    const addresses = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses).sort();
    const service = `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`;
    for (const [i, address] of addresses.entries()) backends.set(`${service} ${address}`, `backend ${i + 1}`);
  }
  const backendOf = (service: string, address: string): string => backends.get(`${service.split(':')[0]} ${address}`) ?? address;
  const seps = new Map<string, string>();
  for (const [, chain = '', service = '', address = ''] of save.matchAll(
    /-A (KUBE-SEP-\S+) .*--comment "([^"]+)".* --to-destination ([\d.]+):/g,
  )) {
    seps.set(chain, `KUBE-SEP of ${service} ${backendOf(service, address)}`);
  }
  const nodePorts = new Map(
    objects
      .filter(isService)
      .flatMap((service) =>
        (service.spec.ports ?? []).map((port) => [String(port.nodePort), `node port of ${service.metadata.name}`] as const),
      ),
  );
  return (text) => {
    const service = /"([\w-]+\/[\w-]+(?::[\w-]+)?)/.exec(text)?.[1] ?? '';
    return text
      .replaceAll(/KUBE-SEP-[A-Z0-9]{16}/g, (chain) => seps.get(chain) ?? chain)
      .replaceAll(/--dport (\d+)/g, (all, port: string) => (nodePorts.has(port) ? `--dport ${nodePorts.get(port)}` : all))
      .replaceAll(/(-s |-> |--to-destination )([\d.]+)/g, (_all, flag: string, address: string) => flag + backendOf(service, address));
  };
}
