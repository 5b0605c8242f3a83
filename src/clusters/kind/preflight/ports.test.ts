import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import type { PortMapping } from '../../../schema/kind-config.js';
import { portsFinding } from './ports.js';

const mapping = (hostPort: number, protocol: PortMapping['protocol'] = 'TCP', listenAddress = '127.0.0.1'): PortMapping => ({
  hostPort,
  containerPort: 30_000,
  listenAddress,
  protocol,
});

t.test('a port that another program has prevents the cluster, and is free again when it ends', async (t) => {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  t.match(await portsFinding([mapping(port)]), {
    what: 'host ports',
    ok: false,
    detail: `127.0.0.1:${port} cannot be bound: another program listens there`,
    hint: /ss --listening/,
  });
  t.match(await portsFinding([mapping(port, 'UDP')]), { ok: true, detail: 'none are asked for' }, 'UDP is another port');
  server.close();
  await once(server, 'close');
  for (const again of [1, 2])
    t.strictSame(await portsFinding([mapping(port)]), { what: 'host ports', ok: true, detail: `${port} are free` }, `${again}`);
  t.match(await portsFinding([mapping(port, 'TCP', '203.0.113.1')]), { ok: false }, 'an address that is not of this machine');
  t.match(await portsFinding([mapping(0)]), { ok: true }, 'any free port');
});
