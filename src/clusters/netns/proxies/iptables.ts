import type { Holder } from '../../../exec/holder.js';
import { iptablesCleanup } from '../../../proxy/iptables/cleanup.js';
import { nodeRules } from '../../../proxy/iptables/node-rules.js';
import { parseIptablesSave } from '../../../proxy/iptables/parse.js';
import { iptablesRules } from '../../../proxy/iptables/rules.js';
import { inNode } from '../inside.js';
import type { NodeProxy } from '../node-proxy.js';
import { restoreRules } from '../restore-rules.js';

export function iptablesProxy(holder: Holder): NodeProxy {
  const live = async (node: string) => parseIptablesSave(await inNode(holder, node, ['iptables-save']));
  return {
    // kube-proxy v1.31.0, pkg/proxy/iptables/proxier.go: node ports on 127.0.0.0/8.
    sysctls: { 'net/ipv4/conf/all/route_localnet': '1' },
    async install(node, input, base) {
      await restoreRules(holder, node, base === undefined ? nodeRules(input, await live(node)) : nodeRules(input) + base);
    },
    sync: async (node, input, before) => restoreRules(holder, node, iptablesRules(input, { objects: before }).text),
    remove: async (node) => restoreRules(holder, node, iptablesCleanup(await live(node))),
  };
}
