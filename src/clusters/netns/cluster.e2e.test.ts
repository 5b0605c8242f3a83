import { hostname } from 'node:os';
import t from 'tap';
import { InputError, UsageError, type Warning } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import { isEndpointSlice, isPod, isService } from '../../objects/guards.js';
import { clusterIpManifests, echoManifest, never, nodeNames, output, run, startCluster, yaml } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

t.test('workloads answer through the Service, each by its own name', async (t) => {
  const warnings: Warning[] = [];
  const cluster = await startCluster({ warn: (warning) => warnings.push(warning) });
  t.teardown(() => cluster[Symbol.asyncDispose]());
  t.match(warnings, [{ code: 'not-honoured', text: { en: /featureGates/, ko: /featureGates/ } }], 'said once');
  await cluster.apply([...clusterIpManifests, echoManifest], never);
  t.equal(warnings.length, 1, 'the manifests of the course are honoured whole');
  const objects = await cluster.objects(never);
  const pods = objects.filter(isPod);
  const service = objects.filter(isService).find(({ metadata }) => metadata.name === 'svc-clusterip')?.spec.clusterIP;

  await t.test('through the ClusterIP, and at each pod', async (t) => {
    t.match(await output(cluster, 'pod/default/net-pod', 'curl', '-sS', `http://${service}:9000`), /^Hostname: webpod[123]\n/);
    const names = await output(
      cluster,
      'pod/default/net-pod',
      'sh',
      '-c',
      `for i in $(seq 60); do curl -sS http://${service}:9000 | head -1; done | sort -u`,
    );
    t.same(names.trim().split('\n'), ['Hostname: webpod1', 'Hostname: webpod2', 'Hostname: webpod3']);
    for (const pod of pods.filter(({ metadata }) => metadata.name !== 'net-pod')) {
      const echo = pod.metadata.name.startsWith('deploy-echo');
      const inside = await output(cluster, 'node/myk8s-worker2', 'curl', '-sS', `http://${pod.status?.podIP}:${echo ? 8080 : 80}/`);
      t.ok(inside.includes(pod.metadata.name), `${pod.metadata.name} from a node`);
    }
    // Nothing forwards for the outside client: it has no route to the pods, as on a real machine.
    t.match(await run(cluster, 'client/mypc', 'curl', '-sS', '--connect-timeout', '0.5', 'http://10.10.1.2/'), {
      ended: 'exit',
      exitCode: 28,
    });
  });

  await t.test('every place has its host name, and commands run there', async (t) => {
    for (const pod of pods) t.equal((await output(cluster, `pod/default/${pod.metadata.name}`, 'hostname')).trim(), pod.metadata.name);
    for (const node of nodeNames) t.equal((await output(cluster, `node/${node}`, 'hostname')).trim(), node);
    t.equal((await output(cluster, 'client/mypc', 'hostname')).trim(), 'mypc');
    t.equal(cluster.executor('node/myk8s-worker').place, 'node/myk8s-worker');
    const outside = await cluster.outside('mypc', never);
    t.match(JSON.parse(await output(cluster, 'client/mypc', 'ip', '-json', 'address', 'show', 'eth0')), [
      { addr_info: [{ local: outside.status.address }] },
    ]);
    await t.rejects(cluster.outside('yourpc', never), /has no client yourpc/);
    t.equal((await output(cluster, 'local', 'hostname')).trim(), hostname(), 'this machine itself');
    t.throws(() => cluster.executor('machine/myk8s-worker'), /no files and programs of their own/);
  });

  await t.test('a place that is not there', async (t) => {
    for (const place of ['node/nowhere', 'pod/default/gone', 'pod/kube-system/net-pod', 'client/other'] as const) {
      t.throws(() => cluster.executor(place), new UsageError(`the cluster has no ${place}`), place);
    }
  });

  await t.test('objects are as the API server would show them', async (t) => {
    t.match(
      pods.find(({ metadata }) => metadata.name === 'webpod2'),
      {
        metadata: { namespace: 'default', labels: { app: 'webpod' } },
        spec: { nodeName: 'myk8s-worker2' },
        status: { phase: 'Running', hostIP: '172.18.0.4', podIP: '10.10.2.2' },
      },
    );
    const slices = objects.filter(isEndpointSlice);
    t.same(
      slices.map((slice) => [slice.metadata.labels?.['kubernetes.io/service-name'], slice.endpoints?.length, slice.ports]),
      [
        ['svc-clusterip', 3, [{ name: 'svc-webport', protocol: 'TCP', port: 80 }]],
        ['svc-nodeport', 3, [{ name: 'svc-webport', protocol: 'TCP', port: 8080 }]],
      ],
    );
    const versions = await cluster.versions(never);
    t.match(versions, {
      kernel: /^\d+\.\d+/,
      iptables: /nf_tables/,
      tcpdump: /^tcpdump version/,
      'kube-proxy rules': 'v1.31.0',
      cluster: 'netns',
    });
  });

  await t.test('a NodePort from outside, through every node: the pod sees the node and not the client', async (t) => {
    const port = objects.filter(isService).find(({ metadata }) => metadata.name === 'svc-nodeport')?.spec.ports?.[0]?.nodePort;
    for (const [i, node] of nodeNames.entries()) {
      const entry = `172.18.0.${i + 2}`;
      for (let n = 0; n < 6; n++) {
        const answer: { ip: string; os: { hostname: string } } = JSON.parse(
          await output(cluster, 'client/mypc', 'curl', '-sS', `http://${entry}:${port}/`),
        );
        const backend = pods.find(({ metadata }) => metadata.name === answer.os.hostname);
        const sameNode = backend?.spec.nodeName === node;
        // The address of the interface through which it leaves: eth0, or the gateway's where the pod is on the same node.
        t.equal(answer.ip.replace('::ffff:', ''), sameNode ? `10.10.${i}.1` : entry, `${node} -> ${backend?.spec.nodeName}`);
      }
    }
  });

  await t.test('UDP and SCTP Services are written too', async (t) => {
    await cluster.apply(
      [
        yaml(`
apiVersion: v1
kind: Service
metadata: { name: svc-many }
spec:
  selector: { app: webpod }
  ports:
    - { name: dns, protocol: UDP, port: 53, targetPort: 5353 }
    - { name: sig, protocol: SCTP, port: 3868 }
`),
      ],
      never,
    );
    for (const node of nodeNames) {
      const rules = await output(cluster, `node/${node}`, 'iptables-save', '-t', 'nat');
      t.match(rules, /-p udp .*"default\/svc-many:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-/);
      t.match(rules, /-p sctp .*"default\/svc-many:sig cluster IP" -m sctp --dport 3868 -j KUBE-SVC-/);
      t.equal(rules.match(/-p udp .*-m udp -j DNAT --to-destination 10\.10\.[123]\.2:5353/g)?.length, 3);
      t.equal(rules.match(/-p sctp .*-m sctp -j DNAT --to-destination 10\.10\.[123]\.2:3868/g)?.length, 3);
    }
  });
});

t.test('a manifest that cannot be is refused before anything starts', async (t) => {
  const warnings: Warning[] = [];
  const cluster = await startCluster({ warn: (warning) => warnings.push(warning) });
  t.teardown(() => cluster[Symbol.asyncDispose]());
  const pod = (name: string, container: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  containers:\n    - ${container}\n`;
  const refused = async (text: string, at: RegExp): Promise<void> => {
    const error = await cluster.apply([yaml(text)], never).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof InputError)) throw new Error(`expected an InputError, got ${String(error)}`);
    t.match(error.message, at);
  };
  await refused(
    `${pod('good', '{ name: c, image: traefik/whoami }')}---\n${pod('bad', '{ name: c, image: nginx }')}`,
    /^test\.yaml:13:25: the embedded cluster cannot run the image 'nginx'/,
  );
  await refused(
    `${pod('good', '{ name: c, image: traefik/whoami }')}---\n${pod('bad', '{ name: c, image: nicolaka/netshoot }')}`,
    /^test\.yaml:13:9: nicolaka\/netshoot without a command/,
  );
  await refused('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n', /^test\.yaml:2:7: the embedded cluster has no ConfigMap/);
  await t.rejects(cluster.apply([yaml(`${pod('good', '{ name: c, image: traefik/whoami }')}  nodeName: nowhere\n`)], never), {
    name: 'UsageError',
    message: "pod good: there is no node 'nowhere'",
  });
  t.same((await cluster.objects(never)).filter(isPod), [], 'the good pod beside the bad one was not made either');
  t.throws(() => cluster.executor('pod/default/good'));
  t.equal((await output(cluster, 'node/myk8s-worker', 'ip', '-o', 'link')).match(/veth/g), null);

  await t.rejects(
    cluster.apply([yaml(pod('lost', '{ name: c, image: nicolaka/netshoot, command: [no-such-program, --flag] }'))], never),
    { name: 'EnvironmentError', message: /pod default\/lost: .*'no-such-program --flag' cannot be started: .*ENOENT/ },
    'a command that is not there is an error, not a hang',
  );
});

t.test('a container has its variables, and two containers share a pod', async (t) => {
  const cluster = await startCluster();
  t.teardown(() => cluster[Symbol.asyncDispose]());
  await cluster.apply(
    [
      yaml(`
apiVersion: v1
kind: Pod
metadata: { name: two }
spec:
  containers:
    - { name: a, image: traefik/whoami, env: [{ name: WHOAMI_PORT_NUMBER, value: "81" }] }
    - { name: b, image: mendhak/http-https-echo }
    - { name: c, image: nicolaka/netshoot, env: [{ name: GREETING, value: "hello there" }], command: [sleep, "1234567"] }
`),
    ],
    never,
  );
  t.match(await output(cluster, 'pod/default/two', 'curl', '-sS', 'http://127.0.0.1:81'), /^Hostname: two\n/);
  t.match(JSON.parse(await output(cluster, 'pod/default/two', 'curl', '-sS', 'http://127.0.0.1:8080')), { os: { hostname: 'two' } });
  const environ = await output(cluster, 'pod/default/two', 'sh', '-c', 'cat /proc/$(pgrep -fx "sleep 1234567")/environ');
  t.ok(environ.split('\0').includes('GREETING=hello there'));
  await cluster.delete({ kind: 'Pod', namespace: 'default', name: 'two' }, never);
  t.notOk(succeeded(await run(cluster, 'node/myk8s-worker', 'pgrep', '-fx', 'sleep 1234567')), 'the process went with its pod');
});
