import { createHash } from 'node:crypto';
import t from 'tap';
import { echo } from './echo.js';
import type { PodIdentity } from './pod-identity.js';
import { serve } from './testing/raw-http.js';

const pod: PodIdentity = { name: 'echo-7d', addresses: ['10.10.1.3'], env: { HTTP_PORT: '8080' } };

function answer(body: string, status = '200 OK', type = 'application/json; charset=utf-8', connection = 'Connection: close\r\n'): string {
  const bytes = Buffer.from(body, 'utf8');
  const hash = createHash('sha1').update(bytes).digest('base64').slice(0, 27);
  return (
    `HTTP/1.1 ${status}\r\nX-Powered-By: Express\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n` +
    `ETag: W/"${bytes.length.toString(16)}-${hash}"\r\nDate: now\r\n${connection}\r\n${bytes.toString('latin1')}`
  );
}

const tail = `  "subdomains": [],
  "xhr": false,
  "os": {
    "hostname": "echo-7d"
  },
  "connection": {}`;

t.test('a GET', async (t) => {
  const served = await serve(echo(pod));
  t.teardown(() => served.close());
  const got = await served.exchange(
    'GET /a/b?x=1&y=2&y=3&z HTTP/1.1\r\nHost: svc-echo:9000\r\nUser-Agent: curl/8.5.0\r\nX-Test: T\r\nConnection: close\r\n\r\n',
  );
  t.equal(
    got.answer,
    answer(`{
  "path": "/a/b",
  "headers": {
    "host": "svc-echo:9000",
    "user-agent": "curl/8.5.0",
    "x-test": "T",
    "connection": "close"
  },
  "method": "GET",
  "body": "",
  "fresh": false,
  "hostname": "svc-echo",
  "ip": "::ffff:127.0.0.1",
  "ips": [],
  "protocol": "http",
  "query": {
    "x": "1",
    "y": [
      "2",
      "3"
    ],
    "z": ""
  },
${tail}
}`),
  );
});

t.test('a POST of JSON, behind a proxy', async (t) => {
  const served = await serve(echo(pod));
  t.teardown(() => served.close());
  const body = Buffer.from('{"a":"한"}').toString('latin1');
  const got = await served.exchange(
    'POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json; charset=utf-8\r\nX-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.10.0.9\r\n' +
      `X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.b.example.com:8443\r\nX-Requested-With: XMLHttpRequest\r\nConnection: close\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  t.equal(
    got.answer,
    answer(`{
  "path": "/",
  "headers": {
    "host": "h",
    "content-type": "application/json; charset=utf-8",
    "x-forwarded-for": "1.1.1.1, 203.0.113.9, 10.10.0.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "a.b.example.com:8443",
    "x-requested-with": "XMLHttpRequest",
    "connection": "close",
    "content-length": "11"
  },
  "method": "POST",
  "body": "{\\"a\\":\\"한\\"}",
  "fresh": false,
  "hostname": "a.b.example.com",
  "ip": "203.0.113.9",
  "ips": [
    "203.0.113.9",
    "10.10.0.9"
  ],
  "protocol": "https",
  "query": {},
  "subdomains": [
    "b",
    "a"
  ],
  "xhr": true,
  "os": {
    "hostname": "echo-7d"
  },
  "connection": {},
  "json": {
    "a": "한"
  }
}`),
  );
});

t.test('connections: kept, and HEAD', async (t) => {
  const served = await serve(echo(pod));
  t.teardown(() => served.close());
  const document = (method: string, connection: string): string => `{
  "path": "/",
  "headers": {
    "host": "h"${connection}
  },
  "method": "${method}",
  "body": "",
  "fresh": false,
  "hostname": "h",
  "ip": "::ffff:127.0.0.1",
  "ips": [],
  "protocol": "http",
  "query": {},
${tail}
}`;
  const closing = ',\n    "connection": "close"';
  const { answer: got } = await served.exchange('GET / HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  const head = answer(document('HEAD', closing));
  t.equal(
    got,
    answer(document('GET', ''), '200 OK', undefined, 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n') +
      head.slice(0, head.indexOf('\r\n\r\n') + 4),
  );
});

t.test('what the request may ask of the answer', async (t) => {
  const served = await serve(echo(pod));
  t.teardown(() => served.close());
  const post = (target: string, headers = ''): Promise<{ answer: string }> =>
    served.exchange(`POST ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${headers}Content-Length: 2\r\n\r\nhi`);

  t.equal((await post('/?response_body_only=true')).answer, answer('hi', '200 OK', 'text/html; charset=utf-8'));
  t.equal(
    (await post('/?response_body_only=true&x-set-response-status-code=404', 'x-set-response-status-code: 503\r\n')).answer,
    answer('hi', '503 Service Unavailable', 'text/html; charset=utf-8'),
    'the header wins over the query',
  );
  t.match((await post('/?x-set-response-status-code=600')).answer, /^HTTP\/1\.1 200 OK\r\n/);
  t.equal(
    (await post('/?response_body_only=true&x-set-response-content-type=application/xml')).answer,
    answer('hi', '200 OK', 'application/xml; charset=utf-8'),
  );
  t.equal(
    (await post('/?response_body_only=true', 'x-set-response-content-type: txt\r\n')).answer,
    answer('hi', '200 OK', 'text/plain; charset=utf-8'),
  );
  t.match(
    (await post('/?x-set-response-status-code=204')).answer,
    /^HTTP\/1\.1 204 No Content\r\nX-Powered-By: Express\r\nETag: [^\r]*\r\nDate: now\r\nConnection: close\r\n\r\n$/,
  );

  const started = performance.now();
  t.equal(
    (await post('/?response_body_only=true', 'x-set-response-delay-ms: 60\r\n')).answer,
    answer('hi', '200 OK', 'text/html; charset=utf-8'),
  );
  t.ok(performance.now() - started >= 58, 'waited');

  t.equal((await post('/?x-set-response-content-type=a/b%0A')).answer, '', 'what no header can hold ends the connection, not the server');
  t.match((await post('/')).answer, /^HTTP\/1\.1 200 OK\r\n/);
});

t.test('faults are answered as Express does', async (t) => {
  const served = await serve(echo(pod));
  t.teardown(() => served.close());
  const page = (status: string, message: string): RegExp =>
    new RegExp(
      `^HTTP/1\\.1 ${status}\r\nX-Powered-By: Express\r\nContent-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n` +
        `Content-Type: text/html; charset=utf-8\r\nContent-Length: \\d+\r\nDate: now\r\nConnection: close\r\n\r\n<!DOCTYPE html>\n[^]*<pre>${message}</pre>`,
    );
  t.match(
    (await served.exchange('GET /%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).answer,
    page('400 Bad Request', 'URIError: Failed to decode param &#39;/%zz&#39;'),
  );
  t.match(
    (
      await served.exchange(
        'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
      )
    ).answer,
    page('500 Internal Server Error', 'SyntaxError: [^<]+'),
  );
  const big = await served.exchange(`GET / HTTP/1.1\r\nHost: h\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`);
  t.equal(big.answer, 'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n', "Node's own limit, as in the image");
});

t.test('what the environment asks for', async (t) => {
  const silent = await serve(echo({ ...pod, env: { ECHO_BACK_TO_CLIENT: 'false', CORS_ALLOW_ORIGIN: '*', CORS_ALLOW_METHODS: 'GET' } }));
  t.teardown(() => silent.close());
  t.equal(
    (await silent.exchange('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).answer,
    'HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET\r\nDate: now\r\n' +
      'Connection: close\r\nContent-Length: 0\r\n\r\n',
  );
  const open = await serve(echo({ ...pod, env: { ECHO_INCLUDE_ENV_VARS: '1' } }));
  t.teardown(() => open.close());
  t.match(
    (await open.exchange('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).answer,
    /\n {2}"connection": \{\},\n {2}"env": \{\n {4}"ECHO_INCLUDE_ENV_VARS": "1"\n {2}\}\n\}$/,
  );
});
