import { z } from 'zod';
import { EnvironmentError, UnmetError } from '../../../core/errors.js';
import type { Holder } from '../../../exec/holder.js';
import { kubeletRules } from '../../../proxy/iptables/node-rules.js';
import { parseIptablesSave } from '../../../proxy/iptables/parse.js';
import { type IpvsTexts, ipvsNode, ipvsRemoval, ipvsSync } from '../../../proxy/ipvs/node.js';
import type { IpvsInput } from '../../../proxy/ipvs/options.js';
import { ipvsState } from '../../../proxy/ipvs/state.js';
import { inNode, ipBatch } from '../inside.js';
import type { NodeProxy, ProxySettings } from '../node-proxy.js';
import { restoreRules } from '../restore-rules.js';

/** What the mode needs, each with the command that shows it and what to do where it is lacking. */
const needs: readonly { readonly what: string; readonly argv: readonly string[]; readonly hint: string }[] = [
  {
    what: 'the kernel has no ip_vs',
    argv: ['cat', '/proc/net/ip_vs'],
    hint: "load it with 'sudo modprobe ip_vs'; a kernel without CONFIG_IP_VS cannot balance connections by itself",
  },
  { what: 'ipvsadm is not installed', argv: ['ipvsadm', '--version'], hint: 'sudo apt-get install ipvsadm' },
  { what: 'ipset is not installed', argv: ['ipset', '--version'], hint: 'sudo apt-get install ipset' },
  {
    what: 'the kernel has no dummy links, where the addresses of Services would stand',
    argv: ['ip', 'link', 'add', 'kube-ipvs0', 'type', 'dummy'],
    hint: "load it with 'sudo modprobe dummy'",
  },
];

/** As kube-proxy v1.31.0 sets them (pkg/proxy/ipvs/proxier.go, NewProxier). */
const sysctls: Readonly<Record<string, string>> = {
  'net/ipv4/vs/conntrack': '1',
  'net/ipv4/vs/expire_nodest_conn': '1',
  'net/ipv4/vs/expire_quiescent_template': '1',
};

/** The sandbox's own namespace: what the kernel lacks there, it lacks on every node. */
const sandbox = '';

/** The kernel balances: virtual servers, sets of addresses, and few rules. */
export function ipvsProxy(holder: Holder): NodeProxy {
  const load = async (node: string, { ip, ipset, iptables, ipvsadm }: IpvsTexts, base = ''): Promise<void> => {
    await ipBatch(holder, node, ip);
    if (ipset !== '') await inNode(holder, node, ['ipset', 'restore'], ipset);
    await restoreRules(holder, node, base + iptables);
    if (ipvsadm !== '') await inNode(holder, node, ['ipvsadm', '--restore'], ipvsadm);
  };
  return {
    sysctls,
    async check() {
      // Loading a module is root's, and best effort: what is lacking shows below.
      await inNode(holder, sandbox, ['modprobe', '--quiet', 'ip_vs']).catch(() => undefined);
      for (const { what, argv, hint } of needs) {
        await inNode(holder, sandbox, argv).catch((cause: unknown) => {
          if (!(cause instanceof EnvironmentError)) throw cause;
          throw new UnmetError(`proxy mode ipvs: ${what}`, { hint, cause });
        });
      }
      await inNode(holder, sandbox, ['ip', 'link', 'del', 'kube-ipvs0']);
    },
    async install(node, settings, base) {
      const input = await inputOf(holder, node, settings);
      await load(node, ipvsNode(input), base === undefined ? '' : kubeletRules() + base);
    },
    async sync(node, settings, before) {
      const input = await inputOf(holder, node, settings);
      await load(node, ipvsSync(input, ipvsState({ ...input, objects: before })));
    },
    async remove(node) {
      await restoreRules(holder, node, ipvsRemoval(parseIptablesSave(await inNode(holder, node, ['iptables-save']))));
      await inNode(holder, node, ['ipvsadm', '--clear']);
      await inNode(holder, node, ['ipset', 'destroy']);
      await inNode(holder, node, ['ip', 'link', 'del', 'kube-ipvs0']);
    },
  };
}

const addressesSchema = z.array(z.looseObject({ ifname: z.string(), addr_info: z.array(z.looseObject({ local: z.string() })) }));

/** Node ports answer on every address that the node has for itself. */
async function inputOf(holder: Holder, node: string, settings: ProxySettings): Promise<IpvsInput> {
  const links = addressesSchema.parse(JSON.parse(await inNode(holder, node, ['ip', '-4', '-j', 'address'])));
  const addresses = links.filter(({ ifname }) => ifname !== 'kube-ipvs0').flatMap((link) => link.addr_info.map(({ local }) => local));
  return { ...settings, node: { ...settings.node, addresses } };
}
