import type { Executor } from '../../core/executor.js';
import { fieldsOf, textOf } from '../../objects/source/pick.js';
import { imagesOf } from './manifests.js';
import type { Tools } from './tools.js';

/** How each tool of the probes is asked for its version; one answers on standard error. */
const questions = {
  iptables: 'iptables --version',
  nft: 'nft --version',
  tcpdump: 'tcpdump --version',
  conntrack: 'conntrack --version',
  ip: 'ip -V',
  curl: 'curl --version',
} as const;
/** Between the answers, since some have several lines. */
const mark = '----';

/** Of what the evidence depends on. @param node where the tools of the probes are, beside a node. */
export async function versions(tools: Tools, node: Executor, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  // All in one command: beside what it costs to have a command run there, the answers cost nothing.
  const script = Object.values(questions).join(`; echo ${mark}; `);
  const [nodes, proxies, kind, said] = await Promise.all([
    tools.api.list(['Node'], signal),
    tools.api.get('/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy', signal),
    tools.kind(['version'], { signal }),
    node.run(['bash', '-c', `exec 2>&1; ${script}`], { signal }),
  ]);
  const answers = said.stdout.split(`${mark}\n`);
  const firstLines = Object.keys(questions).map((tool, index) => [tool, answers[index]?.split('\n')[0]?.trim() ?? '']);
  const info = fieldsOf(fieldsOf(nodes[0]?.['status'])['nodeInfo']);
  const field = (name: string): string => textOf(info[name]) ?? '';
  return {
    kernel: field('kernelVersion'),
    ...Object.fromEntries(firstLines),
    kubelet: field('kubeletVersion'),
    // Nodes no longer tell it (v1.31.0, staging/src/k8s.io/api/core/v1/types.go, NodeSystemInfo); the image has the version as its tag.
    'kube-proxy': imagesOf(fieldsOf(proxies))[0] ?? '',
    'container runtime': field('containerRuntimeVersion'),
    kind: kind.trim(),
    cluster: 'kind',
  };
}
