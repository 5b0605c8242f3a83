import type { Executor } from '../../core/executor.js';

const questions: Readonly<Record<string, readonly string[]>> = {
  kernel: ['uname', '-r'],
  iptables: ['iptables', '--version'],
  nft: ['nft', '--version'],
  tcpdump: ['tcpdump', '--version'],
  conntrack: ['conntrack', '--version'],
  ip: ['ip', '-V'],
  curl: ['curl', '--version'],
};

/** The first line that each tool says of itself, and what the rules are those of. */
export async function toolVersions(inside: Executor, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const answers = Object.entries(questions).map(async ([name, argv]) => {
    const { stdout, stderr } = await inside.run(argv, { signal });
    return [name, `${stdout}${stderr}`.split('\n')[0]?.trim() ?? ''];
  });
  return { ...Object.fromEntries(await Promise.all(answers)), 'kube-proxy rules': 'v1.31.0', cluster: 'netns' };
}
