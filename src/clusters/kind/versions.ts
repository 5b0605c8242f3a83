import type { Executor } from '../../core/executor.js';
import { fieldsOf, textOf } from '../../objects/source/pick.js';
import type { Tools } from './tools.js';

/** Of what the evidence depends on. @param node where the tools of the probes are, beside a node. */
export async function versions(tools: Tools, node: Executor, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const ask = async (...argv: string[]): Promise<string> => {
    const result = await node.run(argv, { signal });
    return `${result.stdout}${result.stderr}`.split('\n')[0]?.trim() ?? '';
  };
  const [nodes, kind, iptables, nft, tcpdump, conntrack, ip, curl] = await Promise.all([
    tools.api.list(['Node'], signal),
    tools.kind(['version'], { signal }),
    ask('iptables', '--version'),
    ask('nft', '--version'),
    ask('tcpdump', '--version'),
    ask('conntrack', '--version'),
    ask('ip', '-V'),
    ask('curl', '--version'),
  ]);
  const info = fieldsOf(fieldsOf(nodes[0]?.['status'])['nodeInfo']);
  const said = (field: string): string => textOf(info[field]) ?? '';
  return {
    kernel: said('kernelVersion'),
    iptables,
    nft,
    tcpdump,
    conntrack,
    ip,
    curl,
    kubelet: said('kubeletVersion'),
    'kube-proxy': said('kubeProxyVersion'),
    'container runtime': said('containerRuntimeVersion'),
    kind: kind.trim(),
    cluster: 'kind',
  };
}
