import t from 'tap';
import { kindFindings } from './preflight.js';
import { answering } from './testing/fake-local.js';

const never = new AbortController().signal;
const config = {
  file: 'c.yaml',
  text: `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraPortMappings: [{ containerPort: 30000, hostPort: 0, listenAddress: 127.0.0.1 }]
`,
};

t.test('without an engine, what it would say is left out, and the rest is looked at', async (t) => {
  const proc = t.testdir({ meminfo: 'MemAvailable: 8388608 kB\n' });
  const env = { DOCKER_HOST: `unix://${proc}/none.sock` };
  const found = await kindFindings(answering({ 'kind version': 'kind v0.24.0 go1.22.6 linux/amd64' }), { env, config, proc }, never);
  t.same(
    found.map(({ what, ok }) => [what, ok]),
    [
      ['docker', false],
      ['docker engine', false],
      ['kind', true],
      ['kubectl', false],
      ['memory', true],
      ['inotify instances', true],
      ['inotify watches', true],
      ['host ports', true],
    ],
  );
  t.ok(
    found.every(({ ok, hint }) => ok || (hint ?? '') !== ''),
    'each that is missing says what to do',
  );
  const without = await kindFindings(answering({}), { env, proc }, never);
  t.notOk(
    without.some(({ what }) => what === 'host ports'),
    'no cluster file, no ports',
  );
});
