// A pod's server in a container of its own: the very code that answers on the embedded cluster, so that both clusters say the same.
// SVCLAB_IMAGE, which the image sets, says whose answers it gives; the arguments are the pod's.
import { createServer } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';
import { planContainer } from './src/clusters/netns/workloads/images.js';

const { SVCLAB_IMAGE: image, ...env } = process.env;
const plan = planContainer({ image, args: process.argv.slice(2), env });
if (plan.kind !== 'server') {
  process.stderr.write(`${image}: ${plan.kind === 'fault' ? `${plan.message}; ${plan.hint}` : 'not a server'}\n`);
  process.exit(1);
}
const addresses = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .map(({ address }) => address);
const servers = plan.ports.map((port) =>
  createServer(plan.serverOptions, plan.handler({ name: hostname(), addresses, env })).listen({ port, backlog: 1024 }),
);
for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, () => {
    for (const server of servers) server.closeAllConnections();
    process.exit(0);
  });
}
