import { parseDocument } from 'yaml';
import type { ManifestSource } from '../../core/cluster.js';
import { UnmetError } from '../../core/errors.js';

/**
 * The cluster file as kind is given it: host ports bind to 127.0.0.1 where the file does not say where. kind itself would bind them on every address
 * of this machine, and so offer the lab's pods to its network.
 */
export function configForKind(source: ManifestSource): string {
  const document = parseDocument(source.text);
  const config: { nodes?: readonly { extraPortMappings?: readonly { listenAddress?: string }[] }[] } = document.toJS() ?? {};
  for (const [n, node] of (config.nodes ?? []).entries()) {
    for (const [m, mapping] of (node.extraPortMappings ?? []).entries()) {
      if (!mapping.listenAddress) document.setIn(['nodes', n, 'extraPortMappings', m, 'listenAddress'], '127.0.0.1');
    }
  }
  return document.toString();
}

/** What the engine found when it started a node: `doctor` and the look before a creation name a port sooner, where they can. */
export function portInUse(where: string): UnmetError {
  return new UnmetError(`the cluster file publishes ${where}, where another program listens`, {
    hint: "end that program ('ss -ltnp' names it), or change hostPort in the cluster file",
  });
}
