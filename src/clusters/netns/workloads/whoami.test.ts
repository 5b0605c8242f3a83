import t from 'tap';
import type { PodIdentity } from './pod-identity.js';
import { type Served, serve } from './testing/raw-http.js';
import { whoami } from './whoami.js';

const pod: PodIdentity = { name: 'webpod1', addresses: ['127.0.0.1', '::1', '10.10.1.2'], env: { PATH: '/bin', HOSTNAME: 'webpod1' } };
const options = { maxHeaderSize: 1 << 20, requireHostHeader: false };

/** Ends a connection that the request before it left open; its answer is always the same. */
const last = 'GET /bench HTTP/1.0\r\n\r\n';
const lastAnswer = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: now\r\nContent-Length: 1\r\n\r\n1';

/** The answer, whether the server kept the connection open after it, and the client's port. */
async function ask(served: Served, raw: string): Promise<{ answer: string; open: boolean; port: number }> {
  const { answer, port } = await served.exchange(raw + last);
  const open = answer.endsWith(lastAnswer);
  return { answer: open ? answer.slice(0, -lastAnswer.length) : answer, open, port };
}

function page(port: number, request: string, tail = '', connection = ''): string {
  const body = `Hostname: webpod1\nIP: 127.0.0.1\nIP: ::1\nIP: 10.10.1.2\nRemoteAddr: 127.0.0.1:${port}\n${request}${tail}`;
  return `HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: ${body.length}\r\nContent-Type: text/plain; charset=utf-8\r\n${connection}\r\n${body}`;
}

const go = 'User-Agent: Go-http-client/1.1\r\n';

// What a Go 1.26 net/http server printed for the same bytes.
const printed: readonly (readonly [what: string, sent: string, printed: string])[] = [
  [
    'curl',
    'GET / HTTP/1.1\r\nHost: 10.200.1.5:9000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: 10.200.1.5:9000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n',
  ],
  [
    'headers are canonical and sorted, repeated ones in their order',
    'GET /a?b=c HTTP/1.1\r\nhost: h\r\nx-zz: 1\r\nX-AA: 2\r\naccept:   */*  \r\nx-zz: 3\r\nuser-agent: u\r\nEmpty:\r\n\r\n',
    'GET /a?b=c HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\nAccept: */*\r\nEmpty: \r\nX-Aa: 2\r\nX-Zz: 1\r\nX-Zz: 3\r\n\r\n',
  ],
  ['no User-Agent: Go names itself', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', `GET / HTTP/1.1\r\nHost: h\r\n${go}\r\n`],
  ['an empty User-Agent is left out', 'GET / HTTP/1.1\r\nHost: h\r\nUser-Agent:\r\n\r\n', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'],
  [
    'POST with a body',
    'POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
    `POST /x HTTP/1.1\r\nHost: h\r\n${go}Content-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello`,
  ],
  ['POST without one', 'POST /x HTTP/1.1\r\nHost: h\r\n\r\n', `POST /x HTTP/1.1\r\nHost: h\r\n${go}Content-Length: 0\r\n\r\n`],
  ['DELETE', 'DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n', `DELETE /x HTTP/1.1\r\nHost: h\r\n${go}\r\n`],
  ['an empty body of a GET', 'GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n', `GET /x HTTP/1.1\r\nHost: h\r\n${go}\r\n`],
  [
    'a chunked body is gathered',
    'PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n',
    `PUT /x HTTP/1.1\r\nHost: h\r\n${go}Transfer-Encoding: chunked\r\n\r\n8\r\nhelloabc\r\n0\r\n\r\n`,
  ],
  [
    'an empty chunked body',
    'PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    `PUT /x HTTP/1.1\r\nHost: h\r\n${go}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['an escape that is no byte, in the query', 'GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n', `GET /?a=%zz HTTP/1.1\r\nHost: h\r\n${go}\r\n`],
  [
    'a path unfit to be sent is encoded anew, a query is not',
    'GET /a"b<c>#d?e="f"#g HTTP/1.1\r\nHost: h\r\n\r\n',
    `GET /a%22b%3Cc%3E%23d?e="f"#g HTTP/1.1\r\nHost: h\r\n${go}\r\n`,
  ],
  ['and loses its other escapes', 'GET /a%2fb"c%41 HTTP/1.1\r\nHost: h\r\n\r\n', `GET /a/b%22cA HTTP/1.1\r\nHost: h\r\n${go}\r\n`],
  [
    'a fit path stays as it is',
    "GET /a%2fb!$&'()*+,;=:@[]~ HTTP/1.1\r\nHost: h\r\n\r\n",
    `GET /a%2fb!$&'()*+,;=:@[]~ HTTP/1.1\r\nHost: h\r\n${go}\r\n`,
  ],
  ['an empty query', 'GET /? HTTP/1.1\r\nHost: h\r\n\r\n', `GET /? HTTP/1.1\r\nHost: h\r\n${go}\r\n`],
  ['an absolute URL', 'GET http://other/y?z HTTP/1.1\r\nHost: h\r\n\r\n', `GET /y?z HTTP/1.1\r\nHost: other\r\n${go}\r\n`],
  [
    'Pragma implies Cache-Control',
    'GET / HTTP/1.1\r\nHost: h\r\nPragma: no-cache\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: h\r\n${go}Cache-Control: no-cache\r\nPragma: no-cache\r\n\r\n`,
  ],
  [
    'bytes beyond ASCII',
    'GET / HTTP/1.1\r\nHost: h\r\nX-K: \xed\x95\x9c\xa0\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: h\r\n${go}X-K: \xed\x95\x9c\xa0\r\n\r\n`,
  ],
];

t.test('prints the request as Go does', async (t) => {
  const served = await serve(whoami(pod), options);
  t.teardown(() => served.close());
  for (const [what, sent, expected] of printed) {
    const { answer, open, port } = await ask(served, sent);
    t.equal(answer, page(port, expected), what);
    t.equal(open, true, `${what}: the connection stays open`);
  }
});

t.test('connections', async (t) => {
  const served = await serve(whoami(pod), options);
  t.teardown(() => served.close());

  const closing = await served.exchange('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  const closed = 'Connection: close\r\n';
  t.equal(closing.answer, page(closing.port, `GET / HTTP/1.1\r\nHost: h\r\n${go}${closed}\r\n`, '', closed), 'closes when asked to');

  const two = await served.exchange(`GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  t.equal(
    two.answer,
    page(two.port, `GET /1 HTTP/1.1\r\nHost: h\r\n${go}\r\n`) +
      page(two.port, `GET /2 HTTP/1.1\r\nHost: h\r\n${go}${closed}\r\n`, '', closed),
    'two requests on one connection, from one port',
  );

  const old = await served.exchange('GET / HTTP/1.0\r\nUser-Agent: ab\r\n\r\n');
  t.equal(old.answer, page(old.port, 'GET / HTTP/1.1\r\nHost: \r\nUser-Agent: ab\r\nConnection: close\r\n\r\n'), 'HTTP/1.0 closes');

  const alive = await ask(served, 'GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n');
  const keep = 'Connection: keep-alive\r\n';
  t.equal(alive.answer, page(alive.port, `GET / HTTP/1.1\r\nHost: h\r\n${go}${keep}\r\n`, '', keep), 'unless it asks to stay');
  t.equal(alive.open, true);
});

t.test('HEAD has the length and no body', async (t) => {
  const served = await serve(whoami(pod), options);
  t.teardown(() => served.close());
  const { answer, open, port } = await ask(served, 'HEAD / HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\n\r\n');
  const full = page(port, 'HEAD / HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\n\r\n');
  t.equal(answer, full.slice(0, full.indexOf('\r\n\r\n') + 4));
  t.equal(open, true);
});

t.test('past 2048 bytes there is no length', async (t) => {
  const served = await serve(whoami(pod), options);
  t.teardown(() => served.close());
  const big = 'x'.repeat(100_000);
  const body = (port: number, request: string): string => page(port, request).split('\r\n\r\n').slice(1).join('\r\n\r\n');

  const { answer, port } = await served.exchange(`GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Big: ${big}\r\n\r\n`);
  const text = body(port, `GET / HTTP/1.1\r\nHost: h\r\n${go}Connection: close\r\nX-Big: ${big}\r\n\r\n`);
  t.equal(
    answer,
    'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n' +
      `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
    'a big header comes back whole',
  );

  const upload = await served.exchange(`POST / HTTP/1.0\r\nContent-Length: ${big.length}\r\n\r\n${big}`);
  t.equal(
    upload.answer,
    'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n' +
      body(upload.port, `POST / HTTP/1.1\r\nHost: \r\n${go}Connection: close\r\nContent-Length: ${big.length}\r\n\r\n${big}`),
    'and so does a big body',
  );
});

t.test('refuses what Go refuses', async (t) => {
  const served = await serve(whoami(pod), options);
  t.teardown(() => served.close());
  const refusal = (reason: string): string =>
    `HTTP/1.1 ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${reason}`;
  for (const url of ['/%zz', '/a%2', '/%']) {
    t.equal((await served.exchange(`GET ${url} HTTP/1.1\r\nHost: h\r\n\r\n`)).answer, refusal('400 Bad Request'), url);
  }
  const missing = await served.exchange('GET / HTTP/1.1\r\nUser-Agent: u\r\n\r\n');
  t.equal(missing.answer, refusal('400 Bad Request: missing required Host header'));
  const star = await ask(served, 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n');
  t.equal(star.answer, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: now\r\n\r\n', 'OPTIONS * is the server’s to answer');
});

t.test('paths with empty segments are redirected', async (t) => {
  const served = await serve(whoami(pod), options);
  t.teardown(() => served.close());
  const { answer } = await ask(served, 'GET //x?a&b HTTP/1.1\r\nHost: h\r\n\r\n');
  t.equal(
    answer,
    'HTTP/1.1 301 Moved Permanently\r\nContent-Type: text/html; charset=utf-8\r\nLocation: /x?a&b\r\nDate: now\r\nContent-Length: 45\r\n\r\n' +
      '<a href="/x?a&amp;b">Moved Permanently</a>.\n\n',
  );
});

t.test('the name, the environment, and waiting', async (t) => {
  const named = await serve(whoami({ ...pod, env: { WHOAMI_NAME: '한글', A: '1' } }), options);
  t.teardown(() => named.close());
  const { answer } = await ask(named, 'GET /?env=true HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\n\r\n');
  const body = Buffer.from(answer, 'latin1').toString('utf8').split('\r\n\r\n').slice(1).join('\r\n\r\n');
  t.match(body, /^Name: 한글\nHostname: webpod1\n/, 'the name comes first');
  t.match(body, /User-Agent: u\r\n\r\nWHOAMI_NAME=한글\nA=1\n$/, 'the environment comes last');
  t.match(answer, new RegExp(`Content-Length: ${Buffer.byteLength(body)}\r\n`), 'the length counts bytes');

  const flag = await serve(whoami(pod, { name: 'flag' }), options);
  t.teardown(() => flag.close());
  const started = performance.now();
  const waited = await ask(flag, 'GET /?wait=60ms HTTP/1.1\r\nHost: h\r\n\r\n');
  t.ok(performance.now() - started >= 58, 'waited');
  const full = page(waited.port, `GET /?wait=60ms HTTP/1.1\r\nHost: h\r\n${go}\r\n`);
  const length = Number(/Content-Length: (\d+)/.exec(full)?.[1]);
  t.equal(waited.answer, full.replace(`: ${length}`, `: ${length + 'Name: flag\n'.length}`).replace('Hostname', 'Name: flag\nHostname'));
});
