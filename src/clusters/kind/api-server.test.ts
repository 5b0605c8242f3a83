import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ApiServer, type EphemeralContainer } from './api-server.js';

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

t.test('the pods but for the cluster’s own', async (t) => {
  const items = [{ metadata: { name: 'p', namespace: 'shop' } }];
  const { file } = await serving(t, ({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    t.same([pathname, searchParams.get('fieldSelector')], ['/api/v1/pods', 'metadata.namespace!=kube-system']);
    response.end(JSON.stringify({ apiVersion: 'v1', items }));
  });
  t.same(await new ApiServer(file).workloadPods(never), [{ apiVersion: 'v1', kind: 'Pod', ...items[0] }]);
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

t.test('many objects are deleted at once, and waited for until they, or others by their names, are there no longer', async (t) => {
  const resources = { resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] };
  const looks: Record<string, number> = {};
  const { file, server } = await serving(t, ({ method = '', url = '' }, response) => {
    const name = url.split('/').at(-1) ?? '';
    const answer = (status: number, value: unknown): void => {
      response.statusCode = status;
      response.end(JSON.stringify(value));
    };
    const missing = { kind: 'Status', message: `pods "${name}" not found` };
    if (url === '/api/v1') return answer(200, resources);
    if (method === 'DELETE') return name === 'never' ? answer(404, missing) : answer(200, { kind: 'Status', details: { uid: name } });
    looks[name] = (looks[name] ?? 0) + 1;
    if (name === 'lost') {
      server.close();
      return response.destroy();
    }
    if (name === 'stays' || looks[name] < 2) return answer(200, { metadata: { uid: name } });
    return name === 'anew' ? answer(200, { metadata: { uid: 'another' } }) : answer(404, missing);
  });
  const api = new ApiServer(file);
  const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } });
  await api.deleteAll(['one', 'never', 'anew'].map(pod), 5_000, never);
  t.same(looks, { one: 2, anew: 2 });
  const still = { message: /namespaces\/default\/pods\/stays to be gone did not come true/, exitCode: 4 };
  await t.rejects(api.deleteAll([pod('stays')], 1, never), still);
  const lost = { message: /does not answer/, exitCode: 4 };
  await t.rejects(api.deleteAll([pod('lost')], 600_000, never), lost, 'nobody waits for what cannot be told');
});

t.test('an ephemeral container is added to those that a pod has', async (t) => {
  const asked: unknown[] = [];
  const { file } = await serving(t, (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      asked.push([request.method, request.url, request.headers['content-type'], JSON.parse(text)]);
      response.end('{}');
    });
  });
  const container: EphemeralContainer = {
    name: 'probe',
    image: 'tools',
    imagePullPolicy: 'Never',
    command: ['sleep', 'infinity'],
    securityContext: { capabilities: { add: ['NET_RAW'] } },
  };
  await new ApiServer(file).addEphemeralContainer({ namespace: 'shop', name: 'p' }, container, never);
  t.same(asked, [
    [
      ...['PATCH', '/api/v1/namespaces/shop/pods/p/ephemeralcontainers', 'application/strategic-merge-patch+json'],
      { spec: { ephemeralContainers: [container] } },
    ],
  ]);
});

t.test('an API server that has no time is asked again when it says so', async (t) => {
  const busy = { kind: 'Status', message: 'Too many requests, please try again later.' };
  const asked: string[] = [];
  const { file } = await serving(t, ({ method = '', url = '' }, response) => {
    asked.push(`${method} ${url}`);
    const [status, after] = url.includes('/later')
      ? [429, '3600']
      : asked.length > 3
        ? [200, '']
        : asked.length > 1
          ? [429, '0']
          : [503, '0'];
    response.writeHead(status, after === '' ? {} : { 'Retry-After': after });
    response.end(JSON.stringify(status === 200 ? {} : busy));
  });
  const api = new ApiServer(file);
  await api.delete({ kind: 'Pod', namespace: 'default', name: 'one' }, never);
  t.same(asked.splice(0), Array(4).fill('DELETE /api/v1/namespaces/default/pods/one'));
  await t.rejects(api.patch({ kind: 'Pod', namespace: 'default', name: 'later' }, {}, never), {
    message: /does not change \/api\/v1\/namespaces\/default\/pods\/later: Too many requests/,
    exitCode: 4,
  });
  t.equal(asked.length, 1, 'an hour is too long');
});

t.test('a time that is waited for can be cut short', async (t) => {
  const stop = new AbortController();
  const { file } = await serving(t, (_, response) => {
    response.writeHead(429, { 'Retry-After': '5' });
    response.end('{}', () => stop.abort(new Error('enough')));
  });
  await t.rejects(new ApiServer(file).get('/api/v1/pods', stop.signal), { message: 'enough' });
});

t.test('changes: what is asked, where, and what is refused', async (t) => {
  const asked: unknown[] = [];
  let lists = 0;
  const unknownField = 'failed to create typed patch object (/odd; /v1, Kind=Pod): .spec.dnsPolicyy: field not declared in schema';
  const answers: Readonly<Record<string, readonly [number, string]>> = {
    '/api/v1/namespaces/shop/services/web': [422, 'Service "web" is invalid: spec.ports: Invalid value'],
    '/api/v1/nodes/n': [503, 'not now'],
    '/api/v1/namespaces/default/pods/odd': [500, unknownField],
    '/api/v1/namespaces/default/pods/sick': [500, 'etcdserver: request timed out'],
  };
  const { file } = await serving(t, (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    request.on('end', () => {
      if (request.method === 'GET') {
        const resources = [
          { name: 'pods', kind: 'Pod', namespaced: true },
          { name: 'pods/binding', kind: 'Pod', namespaced: true },
          { name: 'namespaces', kind: 'Namespace', namespaced: false },
        ];
        response.statusCode = request.url === '/api/v1' ? 200 : 404;
        response.end(JSON.stringify({ resources }));
        lists += 1;
        return;
      }
      asked.push([request.method, request.url, request.headers['content-type'], JSON.parse(text)]);
      const { pathname } = new URL(request.url ?? '', 'http://x');
      const [status, message] = answers[pathname] ?? [200, ''];
      response.statusCode = status;
      response.end(JSON.stringify({ kind: 'Status', message }));
    });
  });
  const api = new ApiServer(file);
  await api.patch({ kind: 'Deployment', namespace: 'default', name: 'd' }, { spec: { replicas: 2 } }, never);
  await api.delete({ kind: 'Pod', namespace: 'default', name: 'p' }, never);
  t.same(asked, [
    ['PATCH', '/apis/apps/v1/namespaces/default/deployments/d', 'application/merge-patch+json', { spec: { replicas: 2 } }],
    [
      'DELETE',
      '/api/v1/namespaces/default/pods/p',
      'application/json',
      { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
    ],
  ]);
  const query = 'fieldManager=svclab&force=true&fieldValidation=Strict';
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
  await api.apply({ ...pod, metadata: { ...pod.metadata, managedFields: [] } }, never);
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, never);
  t.same(asked.slice(2), [
    ['PATCH', `/api/v1/namespaces/default/pods/p?${query}`, 'application/apply-patch+yaml', pod],
    [
      'PATCH',
      `/api/v1/namespaces/shop?${query}`,
      'application/apply-patch+yaml',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ],
  ]);
  t.equal(lists, 1, 'it is asked once what it knows');
  await t.rejects(api.apply({ ...pod, kind: 'Pot' }, never), { name: 'UsageError', message: 'the API server knows no kind Pot in v1' });
  await t.rejects(api.apply({ ...pod, apiVersion: 'x/v1' }, never), { name: 'UsageError', message: /no kind Pod in x\/v1/ });
  const web = { kind: 'Service', namespace: 'shop', name: 'web' };
  await t.rejects(api.patch(web, {}, never), { name: 'UsageError', message: /^the API server refuses it: Service "web" is invalid/ });
  const named = (name: string) => ({ ...pod, metadata: { name } });
  await t.rejects(api.apply(named('odd'), never), { name: 'UsageError', message: `the API server refuses it: ${unknownField}` });
  await t.rejects(api.apply(named('sick'), never), {
    message: /does not change \/api\/v1\/namespaces\/default\/pods\/sick: etcd/,
    exitCode: 4,
  });
  const node = { kind: 'Node', namespace: '', name: 'n' };
  await t.rejects(api.patch(node, {}, never), { message: /does not change \/api\/v1\/nodes\/n: not now/, exitCode: 4 });
  t.throws(() => api.delete({ kind: 'Secret', namespace: 'default', name: 's' }, never), { name: 'UsageError' });
});

t.test('nothing is deleted twice: its connection is its own', async (t) => {
  let changes = 0;
  const { file, server } = await serving(t, (request, response) => {
    if (request.method === 'GET') return void response.end('{}');
    changes += 1;
    request.socket.destroy();
  });
  const api = new ApiServer(file);
  await api.get('/a', never);
  await t.rejects(api.delete({ kind: 'Pod', namespace: 'default', name: 'p' }, never), { message: /does not answer/, exitCode: 4 });
  t.equal(changes, 1);
  server.closeAllConnections();
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
