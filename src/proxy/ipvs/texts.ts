import type { IpSet } from './sets.js';
import { type IpvsState, serverKey, type VirtualServer } from './state.js';

/** What there was before: its sets are there, and what is not in the new state is taken away. */
export type Before = Pick<IpvsState, 'servers' | 'bound' | 'sets'>;

/** An input of `ipset restore` (ipset(8)) that makes the sets and their entries, with the sizes that kube-proxy gives them. */
export function ipsetText(sets: readonly IpSet[], before?: Pick<Before, 'sets'>): string {
  const lines = sets.flatMap((set) => {
    const old = before?.sets.find(({ name }) => name === set.name)?.entries ?? [];
    return [
      ...(before === undefined ? [`create ${set.name} ${set.type} ${sizeOf(set)} -exist`] : []),
      ...without(old, set.entries).map((entry) => `del ${set.name} ${entry} -exist`),
      ...without(set.entries, old).map((entry) => `add ${set.name} ${entry} -exist`),
    ];
  });
  return text(lines);
}

/** An input of `ipvsadm --restore` (ipvsadm(8)): virtual servers with their real servers, reached by translation (`-m`). */
export function ipvsadmText(servers: readonly VirtualServer[], before?: Pick<Before, 'servers'>): string {
  const old = new Map((before?.servers ?? []).map((server) => [serverKey(server), server]));
  const kept = new Set(servers.map(serverKey));
  const gone = [...old.values()].filter((server) => !kept.has(serverKey(server)));
  return text([
    ...gone.map((server) => `-D ${serviceWords(server)}`),
    ...servers.flatMap((server) => change(server, old.get(serverKey(server)))),
  ]);
}

/** An input of `ip -batch` (ip(8)): kube-ipvs0 with the addresses that make packets to them end in this node. The link stays down, which is enough. */
export function linkText(bound: readonly string[], before?: Pick<Before, 'bound'>): string {
  return text([
    ...(before === undefined ? ['link add kube-ipvs0 type dummy'] : []),
    ...without(before?.bound ?? [], bound).map((address) => `address del ${address}/32 dev kube-ipvs0`),
    ...without(bound, before?.bound ?? []).map((address) => `address add ${address}/32 dev kube-ipvs0`),
  ]);
}

function sizeOf({ type }: IpSet): string {
  return type === 'bitmap:port' ? 'range 0-65535' : 'family inet hashsize 1024 maxelem 65536';
}

function change(server: VirtualServer, old: VirtualServer | undefined): readonly string[] {
  const service = serviceWords(server);
  const settings = settingWords(server);
  const before = old?.realServers ?? [];
  return [
    ...(old === undefined ? [`-A ${service} ${settings}`] : settingWords(old) === settings ? [] : [`-E ${service} ${settings}`]),
    ...without(before, server.realServers).map((address) => `-d ${service} -r ${address}`),
    ...without(server.realServers, before).map((address) => `-a ${service} -r ${address} -m -w 1`),
  ];
}

const protocolFlags = { TCP: '-t', UDP: '-u', SCTP: '--sctp-service' } as const;

function serviceWords({ protocol, address, port }: VirtualServer): string {
  return `${protocolFlags[protocol]} ${address}:${port}`;
}

function settingWords({ scheduler, persistentSeconds }: VirtualServer): string {
  const persistent = persistentSeconds === undefined ? '' : ` -p ${persistentSeconds}`;
  // kube-proxy has the Maglev hash take in the source port too.
  return `-s ${scheduler}${persistent}${scheduler === 'mh' ? ' -b mh-port' : ''}`;
}

function without(all: readonly string[], those: readonly string[]): readonly string[] {
  const known = new Set(those);
  return all.filter((one) => !known.has(one));
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
