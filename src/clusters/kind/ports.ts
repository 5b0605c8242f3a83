import { once } from 'node:events';
import { createServer } from 'node:net';
import { parseDocument } from 'yaml';
import type { ManifestSource } from '../../core/cluster.js';
import { UnmetError } from '../../core/errors.js';
import type { KindConfig } from '../../schema/kind-config.js';

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

/** @throws UnmetError that names the first host port of the cluster file that another program holds. */
export async function checkPorts(config: KindConfig): Promise<void> {
  for (const { hostPort, protocol, listenAddress } of config.nodes.flatMap((node) => node.portMappings)) {
    if (hostPort > 0 && protocol === 'TCP') await checkPort(hostPort, listenAddress === '0.0.0.0' ? '127.0.0.1' : listenAddress);
  }
}

async function checkPort(port: number, address: string): Promise<void> {
  const server = createServer();
  try {
    server.listen({ port, host: address, exclusive: true });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  } catch (cause) {
    const busy = cause instanceof Error && Reflect.get(cause, 'code') === 'EADDRINUSE';
    // Whatever else keeps this process from listening need not keep the engine from it.
    if (busy) throw portInUse(`${address}:${port}`, cause);
  }
}

export function portInUse(where: string, cause?: unknown): UnmetError {
  return new UnmetError(`the cluster file publishes ${where}, where another program listens`, {
    hint: "end that program ('ss -ltnp' names it), or change hostPort in the cluster file",
    cause,
  });
}
