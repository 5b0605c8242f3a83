import { parseDocument } from 'yaml';
import { EnvironmentError } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import { containerStreams } from '../../exec/docker/container-streams.js';
import { RemoteExecutor } from '../../exec/remote/remote-executor.js';
import type { KindConfig } from '../../schema/kind-config.js';
import type { Tools } from './tools.js';

/** Where kubeadm writes the administrator's, and the port of the API server in the node's container (kubeadm v1beta3, bindPort). */
const file = '/etc/kubernetes/admin.conf';
const port = '6443/tcp';

/**
 * The administrator's kubeconfig, with the address that the engine publishes the API server at. `kind get kubeconfig` gives the same, by starting the docker program
 * several times over; it is asked where several control planes are behind a load balancer.
 * @throws EnvironmentError when the node does not give it.
 */
export async function kubeconfigOf(tools: Tools, config: KindConfig, signal: AbortSignal): Promise<string> {
  const [node, ...more] = config.nodes.filter(({ role }) => role === 'control-plane');
  if (node === undefined || more.length > 0) return tools.kind(['get', 'kubeconfig', '--name', config.name], { signal });
  await using inside = new RemoteExecutor(`machine/${node.name}`, containerStreams(tools.docker, node.name));
  const [{ NetworkSettings }, written] = await Promise.all([
    tools.docker.getContainer(node.name).inspect(),
    inside.run(['cat', file], { signal }),
  ]);
  signal.throwIfAborted();
  const published = NetworkSettings.Ports[port]?.[0];
  if (!succeeded(written)) throw new EnvironmentError(`${node.name} does not give ${file}: ${written.stderr.trim() || written.ended}`);
  if (published === undefined) throw new EnvironmentError(`the engine does not publish port ${port} of ${node.name}`);
  const document = parseDocument(written.stdout);
  const host = ['', '0.0.0.0', '::'].includes(published.HostIp) ? '127.0.0.1' : published.HostIp;
  document.setIn(['clusters', 0, 'cluster', 'server'], `https://${host.includes(':') ? `[${host}]` : host}:${published.HostPort}`);
  return document.toString();
}
