/**
 * The proxy of one node in userspace mode: a thread that lives in the node's namespace. It accepts each connection itself and makes a second one to an
 * endpoint, so the pod is asked by the node and not by the client (kube-proxy v1.25, pkg/proxy/userspace/proxysocket.go).
 *
 * Each message says which ports to serve; the answer says where each is listening.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { type ProxiedPort, RoundRobin } from '../../../proxy/userspace/balancer.js';

/** How long each endpoint is waited for, in milliseconds; after the last, the client's connection is closed. */
const patience = [250, 500, 1000, 2000];

const served = new Map<string, { readonly balancer: RoundRobin; readonly server: Server }>();

parentPort?.on('message', async (ports: readonly ProxiedPort[]) => {
  for (const [id, { server }] of served) {
    if (ports.some((port) => port.id === id)) continue;
    // Connections that are there go on.
    server.close();
    served.delete(id);
  }
  parentPort?.postMessage(await Promise.all(ports.map(serve)));
});

async function serve(port: ProxiedPort): Promise<number> {
  const known = served.get(port.id);
  known?.balancer.update(port);
  const { server } = known ?? (await open(port));
  return (server.address() as AddressInfo).port;
}

async function open(port: ProxiedPort): Promise<{ readonly server: Server }> {
  const balancer = new RoundRobin(port, () => performance.now());
  const server = createServer({ allowHalfOpen: true }, (client) => {
    // Where the client is gone already there is no address, and nobody to serve.
    client.on('error', () => client.destroy());
    if (client.remoteAddress !== undefined) join(client, client.remoteAddress, balancer, 0);
  });
  served.set(port.id, { balancer, server });
  server.listen({ host: '0.0.0.0', port: 0, backlog: 1024 });
  await once(server, 'listening');
  return { server };
}

function join(client: Socket, address: string, balancer: RoundRobin, attempt: number): void {
  const endpoint = balancer.choose(address, attempt > 0);
  const timeout = patience[attempt];
  if (endpoint === undefined || timeout === undefined) {
    client.destroy();
    return;
  }
  const colon = endpoint.lastIndexOf(':');
  const onward = connect({ host: endpoint.slice(0, colon), port: Number(endpoint.slice(colon + 1)), allowHalfOpen: true });
  const next = (): void => {
    clearTimeout(timer);
    onward.destroy();
    join(client, address, balancer, attempt + 1);
  };
  const timer = setTimeout(next, timeout);
  onward.once('error', next);
  onward.once('connect', () => {
    clearTimeout(timer);
    onward.off('error', next);
    onward.on('error', () => client.destroy());
    client.on('error', () => onward.destroy());
    client.on('close', () => onward.destroy());
    onward.on('close', () => client.destroy());
    client.pipe(onward).pipe(client);
  });
}
