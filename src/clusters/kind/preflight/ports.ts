import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Finding } from '../../../core/cluster.js';
import type { PortMapping } from '../../../schema/kind-config.js';

/** Docker binds them when the node's container starts, so one that is taken prevents the cluster. Only TCP ports are tried. */
export async function portsFinding(mappings: readonly PortMapping[]): Promise<Finding> {
  const wanted = mappings.filter(({ hostPort, protocol }) => hostPort > 0 && protocol === 'TCP');
  const taken = (
    await Promise.all(wanted.map(async (mapping) => ((await isFree(mapping)) ? [] : [`${mapping.listenAddress}:${mapping.hostPort}`])))
  ).flat();
  const what = 'host ports';
  if (taken.length === 0) {
    const list = wanted.map(({ hostPort }) => hostPort).join(', ');
    return { what, ok: true, detail: list === '' ? 'none are asked for' : `${list} are free` };
  }
  return {
    what,
    ok: false,
    detail: `${taken.join(', ')} cannot be bound: another program listens there`,
    hint: `'sudo ss --listening --tcp --numeric --processes' shows which; end it, or change the port in the cluster file`,
  };
}

async function isFree({ listenAddress, hostPort }: PortMapping): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: listenAddress, port: hostPort });
    await once(server, 'listening');
    return true;
  } catch (error) {
    // A port below 1024 is bound by the engine, not by this user; only what is taken counts.
    return !(error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EADDRNOTAVAIL'));
  } finally {
    server.close();
  }
}
