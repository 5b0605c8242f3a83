/** How to get into a cluster, and how to end it. */
export function waysOf(node: string): { readonly enter: readonly string[]; readonly end: readonly string[] } {
  return { enter: ['docker', 'exec', '--interactive', '--tty', node, 'bash'], end: ['svclab', 'down', '--cluster', 'kind'] };
}
