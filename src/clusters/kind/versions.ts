import type { Executor } from '../../core/executor.js';
import type { Tools } from './tools.js';

/** Of what the evidence depends on. @param node where the tools of the probes are, beside a node. */
export async function versions(tools: Tools, node: Executor, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const ask = async (...argv: string[]): Promise<string> => {
    const result = await node.run(argv, { signal });
    return `${result.stdout}${result.stderr}`.split('\n')[0]?.trim() ?? '';
  };
  const nodeInfo =
    '{.items[0].status.nodeInfo.kubeletVersion} {.items[0].status.nodeInfo.kubeProxyVersion} {.items[0].status.nodeInfo.containerRuntimeVersion} {.items[0].status.nodeInfo.kernelVersion}';
  const [info, kind, iptables, nft, tcpdump, conntrack, ip, curl] = await Promise.all([
    tools.kubectl(['get', 'nodes', '--output', `jsonpath=${nodeInfo}`], { signal }),
    tools.kind(['version'], { signal }),
    ask('iptables', '--version'),
    ask('nft', '--version'),
    ask('tcpdump', '--version'),
    ask('conntrack', '--version'),
    ask('ip', '-V'),
    ask('curl', '--version'),
  ]);
  const [kubelet = '', kubeProxy = '', containerd = '', kernel = ''] = info.split(' ');
  return {
    kernel,
    iptables,
    nft,
    tcpdump,
    conntrack,
    ip,
    curl,
    kubelet,
    'kube-proxy': kubeProxy,
    'container runtime': containerd,
    kind: kind.trim(),
    cluster: 'kind',
  };
}
