import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import type { PodIdentity } from './pod-identity.js';
import { serve } from './testing/raw-http.js';
import { whoami } from './whoami.js';

const pod: PodIdentity = { name: 'webpod1', addresses: ['127.0.0.1', '10.10.1.2'], env: { B: '<b>', A: 'a' } };
const close = 'HTTP/1.1\r\nHost: h\r\nConnection: close\r\n';

t.test('/api', async (t) => {
  const served = await serve(whoami(pod));
  t.teardown(() => served.close());
  const plain = await served.exchange(`GET /api?x=<1>&y ${close}X-A: <&>\r\nx-a: 2\r\n\r\n`);
  const json =
    `{"hostname":"webpod1","ip":["127.0.0.1","10.10.1.2"],"headers":{"Connection":["close"],"X-A":["\\u003c\\u0026\\u003e","2"]},` +
    `"url":"/api?x=\\u003c1\\u003e\\u0026y","host":"h","method":"GET","remoteAddr":"127.0.0.1:${plain.port}"}\n`;
  t.equal(
    plain.answer,
    'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Methods: *\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: application/json\r\n' +
      `Date: now\r\nContent-Length: ${json.length}\r\nConnection: close\r\n\r\n${json}`,
  );
  const env = await served.exchange('GET /%61pi?env=1 HTTP/1.0\r\n\r\n');
  t.equal(
    env.answer.split('\r\n\r\n')[1],
    `{"hostname":"webpod1","ip":["127.0.0.1","10.10.1.2"],"url":"/%61pi?env=1","method":"GET","remoteAddr":"127.0.0.1:${env.port}",` +
      `"environ":{"A":"a","B":"\\u003cb\\u003e"}}\n`,
  );
});

t.test('/health is told by POST', async (t) => {
  const served = await serve(whoami(pod));
  t.teardown(() => served.close());
  const post = (body: string): Promise<{ answer: string }> =>
    served.exchange(`POST /health ${close}Content-Length: ${body.length}\r\n\r\n${body}`);
  const get = (): Promise<{ answer: string }> => served.exchange(`GET /health ${close}\r\n`);
  const empty = 'Date: now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

  t.equal((await get()).answer, `HTTP/1.1 200 OK\r\n${empty}`);
  t.equal((await post(' 503\n')).answer, `HTTP/1.1 200 OK\r\n${empty}`);
  t.equal((await get()).answer, `HTTP/1.1 503 Service Unavailable\r\n${empty}`);
  for (const [body, message] of [
    ['', 'EOF'],
    ['"a"', 'json: cannot unmarshal string into Go value of type int'],
    ['5.5', 'json: cannot unmarshal number 5.5 into Go value of type int'],
    ['{}', 'json: cannot unmarshal object into Go value of type int'],
    ['abc', "invalid character 'a' looking for beginning of value"],
  ] as const) {
    t.equal(
      (await post(body)).answer,
      'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n' +
        `Date: now\r\nContent-Length: ${message.length + 1}\r\nConnection: close\r\n\r\n${message}\n`,
      `a body of '${body}'`,
    );
  }
  t.equal((await get()).answer, `HTTP/1.1 503 Service Unavailable\r\n${empty}`, 'a refused POST changes nothing');
  await post('204');
  t.equal((await get()).answer, 'HTTP/1.1 204 No Content\r\nDate: now\r\nConnection: close\r\n\r\n');
  await post('299');
  t.equal((await get()).answer, `HTTP/1.1 299 status code 299\r\n${empty}`);
  await post('0');
  t.equal((await get()).answer, '', 'a status that is none: the server hangs up');

  const other = await serve(whoami(pod));
  t.teardown(() => other.close());
  t.equal((await other.exchange(`GET /health ${close}\r\n`)).answer, `HTTP/1.1 200 OK\r\n${empty}`, 'each pod has its own');
});

t.test('/data', async (t) => {
  const served = await serve(whoami(pod));
  t.teardown(() => served.close());
  const data = async (query: string): Promise<string> => (await served.exchange(`GET /data${query} HTTP/1.0\r\n\r\n`)).answer;
  const text = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 30\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n';
  t.equal(await data('?size=30'), `${text}|ABCDEFGHIJKLMNOPQRSTUVWXYZ-A|`);
  t.equal(await data(''), 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\n\r\n');
  const [, big] = (await data('?size=100&unit=KB')).split('\r\n\r\n');
  t.equal(big, `|${'-ABCDEFGHIJKLMNOPQRSTUVWXYZ'.repeat(3800).slice(1, 102_399)}|`);

  const head = await served.exchange('HEAD /data?size=9&unit=tb HTTP/1.0\r\n\r\n');
  t.equal(head.answer, 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n', 'a HEAD makes nothing');

  // Whoever hangs up in the middle of a terabyte must not keep the server busy, nor harm it.
  const socket = connect(served.port, '127.0.0.1');
  socket.write('GET /data?size=1&unit=tb HTTP/1.1\r\nHost: h\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  t.equal(await data('?size=30'), `${text}|ABCDEFGHIJKLMNOPQRSTUVWXYZ-A|`, 'the next client is served');
});

t.test('a client that hangs up in the middle of its body or of its wait harms nobody', async (t) => {
  const served = await serve(whoami(pod));
  t.teardown(() => served.close());
  for (const raw of ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf', 'GET /?wait=1h HTTP/1.1\r\nHost: h\r\n\r\n']) {
    const socket = connect(served.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(raw);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    await once(socket, 'close');
  }
  const { answer } = await served.exchange('GET /bench HTTP/1.0\r\n\r\n');
  t.equal(answer, 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: now\r\nContent-Length: 1\r\n\r\n1');
});

t.test('/bench and /echo', async (t) => {
  const served = await serve(whoami(pod));
  t.teardown(() => served.close());
  const bench = 'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: text/plain\r\nDate: now\r\nContent-Length: 1\r\n\r\n1';
  const closed = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: now\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1';
  t.equal((await served.exchange(`GET /bench HTTP/1.1\r\nHost: h\r\n\r\nGET /bench ${close}\r\n`)).answer, bench + closed);
  const refused = 'X-Content-Type-Options: nosniff\r\nDate: now\r\n';
  t.equal(
    (await served.exchange('GET /echo HTTP/1.0\r\n\r\n')).answer,
    'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\n' +
      `${refused}Content-Length: 12\r\n\r\nBad Request\n`,
  );
  t.equal(
    (await served.exchange(`GET /echo HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`)).answer,
    `HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain; charset=utf-8\r\n${refused}Content-Length: 31\r\nConnection: close\r\n\r\nWebSockets are not served here\n`,
  );
});
