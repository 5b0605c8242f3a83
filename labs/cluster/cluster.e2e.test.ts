import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/cli/package-root.js';
import { reportOf } from '../../src/cli/testing/report.js';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';
import { provesItself } from '../testing/proof.js';

const labs = join(packageRoot, 'labs');

t.test('every claim is green, and every break turns its claim red for its reason', async (t) => {
  const { claims } = await provesItself(t, await withFreePorts(t));
  const skipped = claims.flatMap(({ id, verdict }) => (verdict.status === 'skip' ? [id] : []));
  t.same(skipped, ['kubeadm-config', 'multi-cidr', 'in-place-resize', 'every-api', 'proxy-config'], 'what only a real cluster has');
});

t.test('a host port that another program has', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const run = await svclab(['run', await withPorts(t, [port, ...(await freePorts(2))]), '--json', '--out', await temporaryFolder(t)]);
  t.equal(run.exitCode, 4);
  t.match(reportOf(run).error?.message, `127.0.0.1:${port} cannot be published: another program listens there`);
});

interface Teardown {
  teardown(action: () => Promise<void>): void;
}

/** The lab and its cluster file, with host ports that nobody has: other tests and other people use the lab's own. */
async function withFreePorts(t: Teardown): Promise<string> {
  return withPorts(t, await freePorts(3));
}

async function withPorts(t: Teardown, ports: readonly number[]): Promise<string> {
  const folder = await temporaryFolder(t);
  await cp(join(labs, 'cluster'), join(folder, 'cluster'), { recursive: true });
  const names = [join(labs, 'myk8s.kind.yaml'), join(labs, 'cluster', 'lab.yaml')] as const;
  const [config, lab] = await Promise.all(names.map((name) => readFile(name, 'utf8')));
  const replaced = (text: string, before: string) =>
    ports.reduce((sum, port, i) => sum.replaceAll(`${before}3000${i}`, `${before}${port}`), text);
  await writeFile(join(folder, 'myk8s.kind.yaml'), replaced(config ?? '', 'hostPort: '));
  const file = join(folder, 'cluster', 'lab.yaml');
  await writeFile(file, [':', 'listen('].reduce(replaced, lab ?? ''));
  return file;
}

/** Ports that nobody had a moment ago, as many at once so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}
