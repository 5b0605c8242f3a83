import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import type { Executor } from '../core/executor.js';
import { waitFor } from '../core/wait.js';
import { parseAnswers } from '../evidence/answers.js';
import { localExecutor } from '../exec/local.js';
import { takeRequests } from './requests.js';
import { fakeExecutor, folderSink } from './testing/fakes.js';

const local = localExecutor({ LC_ALL: 'C' });
const { signal } = new AbortController();

async function take(folder: string, executor: Executor, ...turns: readonly { argv: readonly string[]; times: number }[]) {
  const taken = await takeRequests({ executor, turns, sink: folderSink(folder), file: 'answers/a.json', signal });
  return { ...taken, ...parseAnswers(readFileSync(join(folder, 'answers/a.json'), 'utf8')) };
}

/** A server on this machine that answers with what it is asked for; the ports that its connections came from are counted. */
async function server(t: { teardown: (handler: () => void) => void }) {
  const connections = new Set<string>();
  const seen: string[] = [];
  const http = createServer((request, response) => {
    connections.add(`${request.socket.remotePort}`);
    seen.push(`${request.method} ${request.headers['x-who'] ?? ''} ${request.headers.connection}`);
    const { searchParams } = new URL(request.url ?? '/', 'http://x');
    const body = searchParams.get('body')?.repeat(Number(searchParams.get('times') ?? 1)) ?? 'hello\n';
    response.statusCode = request.url?.startsWith('/missing') ? 404 : 200;
    response.end(body);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.teardown(() => http.close());
  const address = http.address();
  if (typeof address !== 'object' || address === null) throw new Error('it listens on a port');
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, connections, seen };
}

t.test('every answer, each on a connection of its own', async (t) => {
  const { url, port, connections } = await server(t);
  const { part, soundness, command, answers } = await take(t.testdir({}), local, { argv: ['curl', '-s', `${url}/`], times: 20 });
  t.same(part, { place: 'local', role: 'answers', format: 'answers-json', file: 'answers/a.json' });
  t.same(soundness, { sound: true });
  t.equal(command, `curl -s ${url}/`);
  t.equal(answers.length, 20);
  t.equal(connections.size, 20);
  t.same(
    answers.map(({ index }) => index),
    answers.map((_, i) => i),
  );
  for (const answer of answers)
    t.match(answer, {
      url: `${url}/`,
      status: 200,
      body: 'hello\n',
      exitCode: 0,
      remoteAddress: '127.0.0.1',
      remotePort: port,
      localAddress: '127.0.0.1',
    });
  t.same(new Set(answers.map(({ localPort }) => String(localPort))), connections, 'and the ports are those that the server saw');
  t.ok(answers.every(({ timeTotalMs = -1 }) => timeTotalMs > 0 && timeTotalMs < 5_000));
});

t.test('a thousand are asked for by four at once, and each is told of once', async (t) => {
  // Nobody is answered before three others have come.
  const waiting: ServerResponse[] = [];
  const fours = createServer((_, response) => {
    waiting.push(response);
    if (waiting.length === 4) for (const one of waiting.splice(0)) one.end('four');
  });
  fours.listen(0, '127.0.0.1');
  await once(fours, 'listening');
  t.teardown(() => fours.close());
  const address = fours.address();
  if (typeof address !== 'object' || address === null) throw new Error('it listens on a port');
  const { soundness, answers } = await take(t.testdir({}), local, {
    argv: ['curl', '-s', `http://127.0.0.1:${address.port}`],
    times: 1000,
  });
  t.same(soundness, { sound: true });
  t.equal(answers.filter(({ body, exitCode }) => body === 'four' && exitCode === 0).length, 1000);
  t.same(
    answers.map(({ index }) => index),
    answers.map((_, i) => i),
  );
  for (const share of [0, 250, 500, 750].map((from) => answers.slice(from, from + 250))) {
    const started = share.map(({ startedAtUs = 0 }) => startedAtUs);
    t.same(
      started,
      started.toSorted((a, b) => a - b),
      'one after the other',
    );
  }
});

t.test('requests go on while something is done, and some more follow', async (t) => {
  const { url, seen } = await server(t);
  const folder = t.testdir({});
  const done: number[] = [];
  const meanwhile = async (): Promise<void> => {
    done.push(seen.length);
    await waitFor('more requests', () => seen.length >= 12 || undefined, { intervalMs: 5, timeoutMs: 10_000 });
    done.push(seen.length);
  };
  const turns = [{ argv: ['curl', '-s', `${url}/`], times: 5 }];
  const { soundness } = await takeRequests({ executor: local, turns, meanwhile, sink: folderSink(folder), file: 'a.json', signal });
  const { answers } = parseAnswers(readFileSync(join(folder, 'a.json'), 'utf8'));
  t.same(soundness, { sound: true });
  t.equal(done[0], 5, 'it begins when the first have been answered');
  t.equal(answers.length, seen.length);
  t.equal(answers.length % 5, 0);
  t.ok(answers.length >= (done[1] ?? 0) + 5, 'some follow when it is done');
  const times = answers.map(({ startedAtUs = 0 }) => startedAtUs);
  t.same(
    times,
    times.toSorted((a, b) => a - b),
    'each with about its time',
  );
  const failing = takeRequests({
    ...{ executor: local, turns, sink: folderSink(folder), file: 'b.json', signal },
    meanwhile: () => Promise.reject(new Error('cannot be patched')),
  });
  await t.rejects(failing, { message: 'cannot be patched' });
});

t.test('bodies come back byte for byte', async (t) => {
  const { url } = await server(t);
  for (const body of ['', '\n', 'no end', 'a\tb\n\n\tc\n', '{"os":{"hostname":"x"}}', '한국어 ✓\r\n']) {
    const { answers } = await take(t.testdir({}), local, { argv: ['curl', '-s', `${url}/?body=${encodeURIComponent(body)}`], times: 3 });
    t.same(
      answers.map((answer) => answer.body),
      [body, body, body],
    );
  }
  const { answers } = await take(t.testdir({}), local, { argv: ['curl', '-s', `${url}/?body=y&times=1000000`], times: 2 });
  t.same(
    answers.map(({ body }) => body.length),
    [1_000_000, 1_000_000],
  );
});

t.test('a refused connection is an answer too', async (t) => {
  const { url } = await server(t);
  const unused = createServer();
  unused.listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const address = unused.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => unused.close(resolve));
  const { soundness, answers } = await take(
    t.testdir({}),
    local,
    { argv: ['curl', '-s', `http://127.0.0.1:${port}/`], times: 3 },
    { argv: ['curl', '-s', `${url}/missing`], times: 1 },
  );
  t.same(soundness, { sound: true });
  t.equal(answers.length, 4);
  for (const answer of answers.slice(0, 3))
    t.match(answer, { status: 0, body: '', exitCode: 7, localPort: 0, remotePort: Number, error: /refused|connect/i });
  t.match(answers[3], { index: 3, status: 404, exitCode: 0 });
  t.notOk('error' in (answers[3] ?? {}));
});

t.test('the student’s own options stand, and none of their values is taken for a URL', async (t) => {
  const { url, seen } = await server(t);
  const { answers, soundness } = await take(t.testdir({}), local, {
    argv: ['curl', '-sS', '-XPUT', '-H', 'x-who: me', '--max-time', '5', '-sm', '4', '--user-agent', 'test', url],
    times: 2,
  });
  t.same(soundness, { sound: true });
  t.equal(answers.length, 2);
  t.same(seen, ['PUT me close', 'PUT me close']);
  const slow = await server(t);
  const two = await take(t.testdir({}), local, { argv: ['curl', slow.url, `${slow.url}/missing`], times: 2 });
  t.same(
    two.answers.map(({ status }) => status),
    [200, 404, 200, 404],
    'two URLs are two requests a time',
  );
});

t.test('fewer answers than requests make it unsound', async (t) => {
  const { soundness, answers } = await take(t.testdir({}), local, { argv: ['curl', '--no-such-option', 'http://127.0.0.1/'], times: 3 });
  t.match(soundness, {
    sound: false,
    why: { en: /^curl reported 0 of 3 requests: curl: option --no-such-option: is unknown/, ko: /0 of 3/ },
  });
  t.same(answers, []);
  const nothing = fakeExecutor('pod/default/a', { run: () => ({ stdout: 'some text', stderr: 'oh' }) });
  t.match(await take(t.testdir({}), nothing, { argv: ['curl', 'http://x'], times: 1 }), {
    soundness: { sound: false, why: { en: 'curl reported 0 of 1 requests: oh' } },
  });
});

t.test('a curl that could not run is an error', async (t) => {
  const missing = fakeExecutor('pod/default/a', { run: () => ({ ended: 'not-started', exitCode: null, stderr: 'spawn curl ENOENT' }) });
  await t.rejects(take(t.testdir({}), missing, { argv: ['curl', 'http://x'], times: 1 }), {
    name: 'EnvironmentError',
    message: /failed at pod\/default\/a \(not-started \): spawn curl ENOENT/,
  });
  const aborted = fakeExecutor('pod/default/a', { run: () => ({ ended: 'aborted', exitCode: null }) });
  await t.rejects(take(t.testdir({}), aborted, { argv: ['curl', 'http://x'], times: 1 }), { name: 'EnvironmentError' });
});
