import t from 'tap';
import { parse } from 'yaml';
import { portTaken, whatKindSaid } from './make-cluster.js';
import { configForKind } from './ports.js';

const file = (port: number, more = '') => ({
  file: 'c.yaml',
  text: `# one node
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraPortMappings:
      - containerPort: 30000 # the Service's
        hostPort: ${port}
${more}`,
});

t.test('host ports bind to 127.0.0.1 where the file does not say where', async (t) => {
  const written = configForKind(file(30000, "      - containerPort: 30001\n        hostPort: 30001\n        listenAddress: '0.0.0.0'\n"));
  const { nodes } = parse(written);
  t.same(
    nodes[0].extraPortMappings.map(({ listenAddress }: { listenAddress: string }) => listenAddress),
    ['127.0.0.1', '0.0.0.0'],
  );
  t.match(written, /^# one node\n/);
  t.match(written, /containerPort: 30000 # the Service's/, 'comments are kept');
});

t.test('a file without port mappings, or without nodes, is left as it is', async (t) => {
  const text = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n';
  t.equal(configForKind({ file: 'c.yaml', text }), text);
  t.equal(configForKind({ file: 'c.yaml', text: `${text}nodes:\n  - role: worker\n` }), `${text}nodes:\n  - role: worker\n`);
});

t.test('the port that the engine could not bind, from its own words', async (t) => {
  const docker = 'docker: Error response from daemon: driver failed programming external connectivity on endpoint n (e):';
  t.equal(portTaken(`${docker} Bind for 127.0.0.1:30002 failed: port is already allocated.`), '127.0.0.1:30002');
  t.equal(portTaken(`${docker} Error starting userland proxy: listen tcp4 0.0.0.0:30000: bind: address already in use.`), '0.0.0.0:30000');
  t.equal(portTaken('failed to bind host port for 127.0.0.1:30000:172.18.0.2:30000/tcp: address already in use'), '127.0.0.1:30000');
  t.equal(portTaken('ERROR: failed to create cluster: could not find a log line'), undefined);
});

t.test("kind's own words without its steps and without the words of a docker run", async (t) => {
  const stderr =
    'Creating cluster "myk8s" ...\n • Preparing nodes 📦  ...\n ✗ Preparing nodes 📦 \nERROR: failed to create cluster: command "docker run --name n --label a=b svclab/node" failed with error: exit status 125\nCommand Output: docker: no space left on device.\n';
  t.equal(
    whatKindSaid(stderr),
    "ERROR: failed to create cluster: 'docker run' failed: exit status 125\nCommand Output: docker: no space left on device.",
  );
});
