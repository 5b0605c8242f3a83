import fc from 'fast-check';
import t from 'tap';
import { type Answer, hostnameOf, parseAnswers, printAnswers } from './answers.js';

const answer: Answer = {
  index: 0,
  url: 'http://10.200.1.7:9000/',
  localAddress: '10.10.0.4',
  localPort: 40001,
  remoteAddress: '10.200.1.7',
  remotePort: 9000,
  status: 200,
  body: '',
  exitCode: 0,
};

const whoami = `Hostname: webpod2
IP: 127.0.0.1
IP: 10.10.2.2
RemoteAddr: 10.10.0.4:40001
GET / HTTP/1.1
Host: 10.200.1.7:9000
`;

t.test('what was written is read', async (t) => {
  const some = fc.record(
    {
      index: fc.nat(),
      localPort: fc.nat(65_535),
      status: fc.nat(599),
      body: fc.string({ unit: 'grapheme' }),
      error: fc.string(),
      timeTotalMs: fc.nat(),
      startedAtUs: fc.nat(),
    },
    { requiredKeys: ['index', 'localPort', 'status', 'body'] },
  );
  fc.assert(
    fc.property(fc.array(some, { maxLength: 4 }), (list) => {
      const answers = { command: 'curl -s', answers: list.map((part) => ({ ...answer, ...part })) };
      t.strictSame(parseAnswers(printAnswers(answers)), answers);
    }),
    { numRuns: 25 },
  );
});

t.test('a file that is something else is refused, with the field', async (t) => {
  const file = (changes: object) => JSON.stringify({ command: 'curl', answers: [{ ...answer, ...changes }] });
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['{"command": "curl", "answers": [', /^the whole file: not JSON/],
    ['[]', /^the whole file: /],
    [file({ localPort: 65_536 }), /^answers\.0\.localPort: /],
    [file({ status: '200' }), /^answers\.0\.status: /],
    [file({ colour: 'red' }), /^answers\.0: .*colour/],
    ['{"answers": []}', /^command: /],
  ];
  for (const [text, message] of cases) t.throws(() => parseAnswers(text), { name: 'UnreadableError', message });
});

t.test('the hostname of traefik/whoami and of mendhak/http-https-echo', async (t) => {
  t.equal(hostnameOf({ ...answer, body: whoami }), 'webpod2');
  t.equal(hostnameOf({ ...answer, body: whoami.replaceAll('\n', '\r\n') }), 'webpod2');
  const echo = { path: '/', headers: {}, hostname: '10.200.1.7', os: { hostname: 'deploy-httpd-1' }, connection: {} };
  t.equal(hostnameOf({ ...answer, body: JSON.stringify(echo, undefined, 2) }), 'deploy-httpd-1');
});

t.test('no hostname in anything else', async (t) => {
  t.equal(hostnameOf({ ...answer, body: '<html>Hostname: x</html>' }), undefined);
  t.equal(hostnameOf({ ...answer, body: '{"hostname":"10.200.1.7"}' }), undefined);
  t.equal(hostnameOf({ ...answer, body: whoami, status: 503 }), undefined);
  t.equal(hostnameOf({ ...answer, body: whoami, exitCode: 18, error: 'transfer closed' }), undefined, 'an answer that broke off');
  t.equal(hostnameOf(answer), undefined);
});
