import t from 'tap';
import { UsageError } from '../../../core/errors.js';
import { type ContainerSpec, image, isKnownImage, knownImages, planContainer } from './images.js';
import { serve } from './testing/raw-http.js';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

t.test('names', async (t) => {
  t.same(knownImages, ['traefik/whoami', 'mendhak/http-https-echo', 'nicolaka/netshoot']);
  for (const name of knownImages) {
    for (const reference of [
      name,
      `${name}:latest`,
      `${name}:v1.10`,
      `docker.io/${name}`,
      `docker.io/${name}@${digest}`,
      `index.docker.io/${name}:1@${digest}`,
    ]) {
      t.equal(isKnownImage(reference), true, reference);
    }
    for (const reference of [
      `${name}:`,
      `${name}@sha256:12`,
      `quay.io/${name}`,
      `${name}2`,
      `x${name}`,
      `library/${name}`,
      `${name}:a b`,
      ` ${name}`,
    ]) {
      t.equal(isKnownImage(reference), false, reference);
    }
  }
});

/** The plan without its functions. */
function plan(container: ContainerSpec): unknown {
  return JSON.parse(JSON.stringify({ ...planContainer(container), serverOptions: undefined }));
}

t.test('ports', async (t) => {
  const whoami = { kind: 'server', image: 'traefik/whoami', warnings: [] };
  for (const [args, port] of [
    [[], 80],
    [['--port', '8000'], 8000],
    [['-port=8001'], 8001],
    [['--verbose', '--port=1', '-port', '2', '--name', 'x'], 2],
    [['--', '--port', '3'], 80],
    [['rest', '--port', '3'], 80],
  ] as const) {
    t.same(plan({ image: 'traefik/whoami', args }), { ...whoami, ports: [port] }, args.join(' '));
  }
  t.same(plan({ image: 'traefik/whoami', env: { WHOAMI_PORT_NUMBER: '81' } }), { ...whoami, ports: [81] });
  t.same(plan({ image: 'traefik/whoami', env: { WHOAMI_PORT_NUMBER: '' } }), { ...whoami, ports: [80] });
  t.same(
    plan({ image: 'traefik/whoami', args: ['-port', '82'], env: { WHOAMI_PORT_NUMBER: '81' } }),
    { ...whoami, ports: [82] },
    'the flag wins',
  );
  const echo = { kind: 'server', image: 'mendhak/http-https-echo', warnings: [] };
  t.same(plan({ image: 'mendhak/http-https-echo' }), { ...echo, ports: [8080] });
  t.same(plan({ image: 'mendhak/http-https-echo:37', env: { HTTP_PORT: '88' } }), { ...echo, ports: [88] });
  t.same(plan({ image: 'mendhak/http-https-echo', env: { JWT_HEADER: 'A', HTTPS_PORT: '1' } }), {
    ...echo,
    ports: [8080],
    warnings: [
      'mendhak/http-https-echo: the embedded cluster does not honour the variable JWT_HEADER',
      'mendhak/http-https-echo: the embedded cluster serves HTTP only, HTTPS_PORT has no effect',
    ],
  });
});

t.test('commands', async (t) => {
  const netshoot = { kind: 'process', image: 'nicolaka/netshoot', warnings: [] };
  t.same(plan({ image: 'nicolaka/netshoot', command: ['tail'], args: ['-f', '/dev/null'] }), {
    ...netshoot,
    argv: ['tail', '-f', '/dev/null'],
  });
  t.same(plan({ image: 'nicolaka/netshoot', args: ['sleep', '1'] }), { ...netshoot, argv: ['sleep', '1'] });
});

t.test('faults name the field and what to do', async (t) => {
  const faults: readonly (readonly [ContainerSpec, field: string, message: RegExp, hint: RegExp])[] = [
    [
      { image: 'nginx:1.27' },
      'image',
      /no image 'nginx:1\.27'/,
      /traefik\/whoami, mendhak\/http-https-echo, nicolaka\/netshoot.*--cluster kind/,
    ],
    [{ image: 'traefik/whoami', command: ['sh'] }, 'command', /cannot run another command \(sh\)/, /--cluster kind/],
    [{ image: 'traefik/whoami', args: ['--prot', '80'] }, 'args', /not defined: -prot/, /-port/],
    [{ image: 'traefik/whoami', args: ['--port'] }, 'args', /needs an argument: -port/, /-port/],
    [{ image: 'traefik/whoami', args: ['---port=1'] }, 'args', /bad flag syntax: ---port=1/, /-port/],
    [{ image: 'traefik/whoami', args: ['--cert=/c', '--key=/k'] }, 'args', /plain HTTP: -cert/, /--cluster kind/],
    [{ image: 'traefik/whoami', args: ['--port', '65536'] }, 'args', /'65536' is no port/, /1 to 65535/],
    [{ image: 'traefik/whoami', env: { WHOAMI_PORT_NUMBER: 'http' } }, 'env', /'http' is no port/, /1 to 65535/],
    [{ image: 'mendhak/http-https-echo', command: ['node'] }, 'command', /cannot run another command/, /--cluster kind/],
    [{ image: 'mendhak/http-https-echo', args: ['x', 'y'] }, 'args', /takes no args \(x y\)/, /HTTP_PORT/],
    [{ image: 'mendhak/http-https-echo', env: { HTTP_PORT: '0' } }, 'env', /'0' is no port/, /1 to 65535/],
    [{ image: 'nicolaka/netshoot' }, 'command', /zsh.*CrashLoopBackOff/, /\["sleep", "infinity"\]/],
    [{ image: 'nicolaka/netshoot', command: [], args: [] }, 'command', /zsh/, /sleep/],
  ];
  for (const [container, field, message, hint] of faults) {
    t.match(planContainer(container), { kind: 'fault', field, message, hint }, JSON.stringify(container));
    t.throws(() => image({ ...container, hostname: 'p', addresses: [] }), UsageError);
  }
});

t.test('a pod runs what its image says', async (t) => {
  const web = image({ image: 'traefik/whoami:v1.10', hostname: 'webpod1', addresses: ['10.10.1.2'], args: ['--name=n'], env: {} });
  if (web.kind !== 'server') throw new Error('whoami is a server');
  const served = await serve(web.handler, web.serverOptions);
  t.teardown(() => served.close());
  const got = await served.exchange('GET / HTTP/1.0\r\n\r\n');
  t.equal(
    got.answer.split('\r\n\r\n').slice(1).join('\r\n\r\n'),
    `Name: n\nHostname: webpod1\nIP: 10.10.1.2\nRemoteAddr: 127.0.0.1:${got.port}\n` +
      'GET / HTTP/1.1\r\nHost: \r\nUser-Agent: Go-http-client/1.1\r\nConnection: close\r\n\r\n',
  );
  t.same(image({ image: 'nicolaka/netshoot', hostname: 'net-pod', addresses: [], command: ['sleep'], args: ['1'] }), {
    kind: 'process',
    image: 'nicolaka/netshoot',
    argv: ['sleep', '1'],
    warnings: [],
  });
});
