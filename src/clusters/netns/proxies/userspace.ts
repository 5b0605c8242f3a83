import { EnvironmentError } from '../../../core/errors.js';
import type { Holder } from '../../../exec/holder.js';
import { kubeletRules } from '../../../proxy/iptables/node-rules.js';
import { parseIptablesSave } from '../../../proxy/iptables/parse.js';
import { restoreText } from '../../../proxy/iptables/restore.js';
import { proxiedPorts } from '../../../proxy/userspace/balancer.js';
import { userspaceRemoval, userspaceSetup, userspaceText } from '../../../proxy/userspace/rules.js';
import { inNode } from '../inside.js';
import type { NodeProxy, ProxySettings } from '../node-proxy.js';
import { restoreRules } from '../restore-rules.js';

/** A proxy of our own on each node, and the rules of Kubernetes v1.25 that lead to it. It serves TCP alone: other ports of Services get no rule. */
export function userspaceProxy(holder: Holder): NodeProxy {
  /** Has the node's proxy listen for each port, and then sends connections there. */
  const serve = async (node: string, { objects, node: { ip = '' } }: ProxySettings): Promise<string> => {
    const ports = proxiedPorts(objects);
    const listening = await holder.request({ op: 'proxy', namespace: node, ports });
    if (listening === undefined || !('ports' in listening))
      throw new EnvironmentError(`the proxy of ${node} does not say where it listens`);
    const proxyPorts = new Map(ports.map(({ id }, i) => [id, listening.ports[i] ?? 0]));
    return userspaceText({ objects, nodeIP: ip, proxyPorts });
  };
  return {
    sysctls: {},
    async install(node, input, base) {
      const rules = restoreText(userspaceSetup()) + (await serve(node, input));
      await restoreRules(holder, node, base === undefined ? rules : kubeletRules() + base + rules);
    },
    sync: async (node, input) => restoreRules(holder, node, await serve(node, input)),
    async remove(node) {
      await restoreRules(holder, node, userspaceRemoval(parseIptablesSave(await inNode(holder, node, ['iptables-save']))));
      await holder.request({ op: 'proxy', namespace: node, ports: [] });
    },
  };
}
