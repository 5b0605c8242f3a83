import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import t from 'tap';
import type { ManifestSource } from '../../core/cluster.js';
import { clusterConfig, echoManifest, never, startCluster } from './testing/course-cluster.js';
import { allGone, familyOf, hostAddresses, hostState } from './testing/host-state.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

/** Node ports of the course's cluster file, moved to numbers of this machine that nobody has. */
function configWith(ports: readonly number[]): ManifestSource {
  const text = [30_000, 30_001, 30_002].reduce(
    (config, port, i) => config.replace(`hostPort: ${port}`, `hostPort: ${ports[i]}`),
    clusterConfig.text,
  );
  return { ...clusterConfig, text };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}

/** Error codes, or `open`. */
async function tryConnect(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return 'open';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    socket.destroy();
  }
}

const echoOn30001: ManifestSource = {
  ...echoManifest,
  text: echoManifest.text.replace('targetPort: 8080 }]', 'targetPort: 8080, nodePort: 30001 }]'),
};

t.test('published ports lead from 127.0.0.1 to the pods', async (t) => {
  const ports = await freePorts(3);
  const cluster = await startCluster({ publish: true, config: configWith(ports) });
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply([echoOn30001], never);
  const [unused = 0, used = 0] = ports;

  const names = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const answer = await fetch(`http://127.0.0.1:${used}/`, { headers: { connection: 'close' } });
    const body: { os: { hostname: string }; ip: string } = JSON.parse(await answer.text());
    names.add(body.os.hostname);
    // As with Docker: the connection comes from 172.18.0.1, and the control plane masquerades it.
    t.equal(body.ip.replace('::ffff:', ''), '172.18.0.2');
  }
  t.equal(names.size, 3, 'every pod answers');

  for (const address of ['127.0.0.2', ...hostAddresses().filter((address) => address !== '127.0.0.1')])
    t.equal(await tryConnect(address, used), 'ECONNREFUSED', `nothing listens at ${address}`);
  const nobody = connect({ host: '127.0.0.1', port: unused });
  await once(nobody, 'close');
  t.pass('a port that leads nowhere is closed');

  // A connection that is still open does not keep the cluster from ending.
  const open: Socket = connect({ host: '127.0.0.1', port: used });
  await once(open, 'connect');
  open.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(open, 'data');
  const closed = once(open, 'close');
  const begun = performance.now();
  await cluster[Symbol.asyncDispose]();
  t.ok(performance.now() - begun < 2_000, 'ended at once');
  await closed;
  for (const port of ports) t.equal(await tryConnect('127.0.0.1', port), 'ECONNREFUSED', `${port} is closed`);
});

t.test('a port in use: a clear error, and nothing stays', async (t) => {
  const [first = 0, second = 0, third = 0] = await freePorts(3);
  const blocker = createServer();
  blocker.listen(second, '127.0.0.1');
  await once(blocker, 'listening');
  t.teardown(() => blocker.close());
  const before = hostState();
  await t.rejects(startCluster({ publish: true, config: configWith([first, second, third]) }), {
    exitCode: 4,
    message: `127.0.0.1:${second} cannot be published: another program listens there`,
    hint: /--publish/,
  });
  for (const port of [first, third]) t.equal(await tryConnect('127.0.0.1', port), 'ECONNREFUSED');
  await allGone(familyOf(process.pid));
  t.equal(hostState(), before);
});

t.test('without --publish no port is bound', async (t) => {
  const ports = await freePorts(3);
  const cluster = await startCluster({ config: configWith(ports) });
  t.teardown(() => cluster[Symbol.asyncDispose]());
  for (const port of ports) t.equal(await tryConnect('127.0.0.1', port), 'ECONNREFUSED');
});
