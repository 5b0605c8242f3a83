import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ApiServer } from './api-server.js';

const never = new AbortController().signal;

/** A server without TLS, which a kubeconfig may name too; and a kubeconfig for it. */
async function serving(t: { teardown(action: () => Promise<void>): void }, answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const file = join(folder, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  await writeFile(file, JSON.stringify({ clusters: [{ cluster: { server: `http://127.0.0.1:${port}` } }], users: [{ user: {} }] }));
  return { file, port, server };
}

t.test('lists come kind by kind, each object with its kind, and without who wrote which field', async (t) => {
  const lists: Readonly<Record<string, unknown>> = {
    '/api/v1/pods': { apiVersion: 'v1', items: [{ metadata: { name: 'p', namespace: 'default', managedFields: [{}] }, spec: { a: 1 } }] },
    '/apis/apps/v1/deployments': { apiVersion: 'apps/v1', items: [{ metadata: { name: 'd' } }] },
  };
  const { file } = await serving(t, ({ url = '' }, response) => response.end(JSON.stringify(lists[url])));
  t.same(await new ApiServer(file).list(['Deployment', 'Pod'], never), [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { a: 1 } },
  ]);
});

t.test('what it refuses is told in its own words', async (t) => {
  const { file } = await serving(t, ({ url }, response) => {
    response.statusCode = 404;
    response.end(url === '/html' ? '<html>' : JSON.stringify({ kind: 'Status', message: 'pods "x" not found' }));
  });
  const api = new ApiServer(file);
  await t.rejects(api.get('/api/v1/namespaces/default/pods/x', never), { message: /pods\/x: pods "x" not found/, exitCode: 4 });
  await t.rejects(api.get('/html', never), { message: /status 404/, exitCode: 4 });
});

t.test('a connection that the other side has closed meanwhile is opened anew', async (t) => {
  let asked = 0;
  const { file, server } = await serving(t, (_, response) => {
    asked += 1;
    response.end('{}');
  });
  const api = new ApiServer(file);
  await api.get('/a', never);
  server.closeAllConnections();
  await api.get('/b', never);
  t.equal(asked, 2);
});

t.test('one that does not answer is named, and an interrupt is passed on', async (t) => {
  const { file, port, server } = await serving(t, () => {});
  const api = new ApiServer(file);
  await t.rejects(api.get('/slow', AbortSignal.abort(new Error('enough'))), { message: 'enough' });
  const soon = new AbortController();
  const waiting = api.get('/slow', soon.signal);
  server.once('request', () => soon.abort(new Error('enough of it')));
  await t.rejects(waiting, { message: 'enough of it' });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await t.rejects(api.get('/gone', never), { message: new RegExp(`127.0.0.1:${port} does not answer: .*ECONNREFUSED`), exitCode: 4 });
});

t.test('a kubeconfig that is not there or names no server', async (t) => {
  const { file } = await serving(t, () => {});
  await t.rejects(new ApiServer(`${file}-not`).get('/', never), { message: /cannot be read/, exitCode: 4 });
  await writeFile(file, '{}');
  await t.rejects(new ApiServer(file).get('/', never), { message: /names no server/, exitCode: 4 });
});
