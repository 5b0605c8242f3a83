import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadManifests } from './manifests.js';
import { loadObjectList } from './object-list.js';
import { fixtures, problemsOf, repositoryRoot } from './source/testing/fixture-files.js';

const knownImages = ['traefik/whoami', 'mendhak/http-https-echo', 'nicolaka/netshoot'];
const embedded = { knownImages, isKnownImage: (image: string) => knownImages.includes(image.split(':')[0] ?? '') };
const folder = 'src/objects/fixtures/manifests';

const source = (text: string, file = 'x.yaml') => ({ file, text });
const service = (spec: string) => source(`{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {${spec}}}`);
const specOf = (spec: string, options = {}) => loadManifests([service(spec)], options).objects[0]?.['spec'];
const faults = (spec: string, options: Parameters<typeof loadManifests>[1] = { embedded }) =>
  problemsOf(() => loadManifests([service(spec)], options));

t.test("the course's manifests load without a word", async (t) => {
  const sources = ['webpods', 'net-pod', 'svc-clusterip'].map((name) => {
    const file = `labs/clusterip/manifests/${name}.yaml`;
    return { file, text: readFileSync(join(repositoryRoot, file), 'utf8') };
  });
  const { objects, warnings, positions } = loadManifests(sources, { embedded });
  t.same(warnings, []);
  t.same(
    objects.map((object) => [object.kind, object.metadata.namespace, object.metadata.name]),
    [
      ['Pod', 'default', 'webpod1'],
      ['Pod', 'default', 'webpod2'],
      ['Pod', 'default', 'webpod3'],
      ['Pod', 'default', 'net-pod'],
      ['Service', 'default', 'svc-clusterip'],
    ],
  );
  const [, , , , web] = objects;
  t.same(web?.['spec'], {
    type: 'ClusterIP',
    selector: { app: 'webpod' },
    ports: [{ name: 'svc-webport', protocol: 'TCP', port: 9000, targetPort: 80 }],
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  });
  t.ok(web);
  if (web) {
    t.same(positions.where(web), { file: 'labs/clusterip/manifests/svc-clusterip.yaml', line: 4, column: 3 });
    t.match(positions.problem(web, ['spec', 'ports', 0, 'port'], { message: 'taken' }), {
      line: 11,
      column: 13,
      length: 4,
      source: '      port: 9000',
    });
  }
});

for (const { file, text, expected } of fixtures(folder, 'invalid-')) {
  t.test(`${file} gives exactly its problems`, async (t) => {
    t.equal(
      problemsOf(() => loadManifests([{ file, text }], { embedded })),
      expected,
    );
  });
}

t.test('fields without effect: one warning for an object; defaults as the API server sets them', async (t) => {
  const { objects, warnings } = loadManifests(fixtures(folder, 'valid-'), { embedded });
  t.same(
    warnings.map((warning) => warning.text.en),
    [
      'Pod default/web.1: not honoured here: spec.hostNetwork, spec.containers[0].env[1].valueFrom, spec.containers[0].lifecycle, spec.restartPolicy Never',
      "Service default/outside: not honoured here: spec.ports[0].tragetPort (did you mean 'targetPort'?)",
    ],
  );
  t.ok(warnings.every((warning) => /[가-힣]/.test(warning.text.ko)));
  const specs = new Map(objects.map((object) => [object.metadata.name, object['spec']]));
  t.match(specs.get('echo'), { replicas: 1 });
  t.match(specs.get('web.1'), { containers: [{ ports: [{ containerPort: 8080, protocol: 'TCP' }] }] });
  t.same(specs.get('sticky'), {
    type: 'ClusterIP',
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    internalTrafficPolicy: 'Cluster',
  });
  t.match(specs.get('outside'), { externalTrafficPolicy: 'Cluster', loadBalancerSourceRanges: ['10.0.0.0/8'] });
  t.match(specs.get('external'), { type: 'ClusterIP', externalTrafficPolicy: 'Cluster', ports: [{ targetPort: 'http' }] });
  t.same(specs.get('named'), { type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' });
  t.match(
    objects.find((object) => object.metadata.name === 'outside'),
    { status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } },
  );
});

t.test('a real cluster takes what it takes: images, kinds, fields and IPv6 pass', async (t) => {
  const text = `
apiVersion: v1
kind: Pod
metadata: { name: p }
spec: { containers: [{ name: c, image: nginx, resources: { limits: { cpu: 1 } } }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c }
data: { a: b }
---
apiVersion: v1
kind: Service
metadata: { name: six }
spec: { ipFamilies: [IPv6], clusterIP: "fd00::1", ports: [{ port: 80 }] }
`;
  const { objects, warnings } = loadManifests([source(text)]);
  t.same(warnings, []);
  t.same(
    objects.map((object) => object.kind),
    ['Pod', 'ConfigMap', 'Service'],
  );
  t.match(
    problemsOf(() => loadManifests([source('kind: ConfigMap\nmetadata: {}\n')])),
    "'apiVersion' is missing",
  );
  t.match(
    problemsOf(() => loadManifests([source('apiVersion: v1\nkind: Pod\nmetadata: {name: A}\n')])),
    'is not a DNS name',
  );
});

t.test('what belongs to another type of Service is refused', async (t) => {
  t.match(faults('ports: [{port: 80, nodePort: 30001}]'), 'a Service of type ClusterIP has no node port');
  t.equal(faults('type: NodePort, ports: [{port: 80, nodePort: 30001}]'), '');
  t.match(faults('type: NodePort, ports: [{port: 80, nodePort: 32768}]'), "'nodePort' must be at most 32767");
  t.match(faults('externalTrafficPolicy: Local, ports: [{port: 80}]'), 'a Service of type ClusterIP has no externalTrafficPolicy');
  t.equal(faults('externalTrafficPolicy: Local, externalIPs: [198.51.100.1], ports: [{port: 80}]'), '');
  t.match(
    faults('type: NodePort, healthCheckNodePort: 30100, externalTrafficPolicy: Local, ports: [{port: 80}]'),
    'there is no healthCheckNodePort here',
  );
  t.equal(faults('type: LoadBalancer, healthCheckNodePort: 30100, externalTrafficPolicy: Local, ports: [{port: 80}]'), '');
  t.match(
    faults('sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}, ports: [{port: 80}]'),
    'sessionAffinityConfig without session affinity',
  );
  t.match(
    faults('sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}, ports: [{port: 80}]'),
    'must be at least 1',
  );
  t.equal(faults('sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86400}}, ports: [{port: 80}]'), '');
  t.equal(faults('clusterIP: None'), '', 'a headless Service needs no port');
  t.match(faults('ports: [{port: 80, protocol: UDP, name: a}, {port: 80, protocol: UDP, name: b}]'), 'port 80 (UDP) is given twice');
  t.equal(faults('ports: [{port: 53, protocol: UDP, name: a}, {port: 53, protocol: TCP, name: b}]'), '');
  t.match(specOf('type: NodePort, ports: [{port: 80}]'), { externalTrafficPolicy: 'Cluster' });
});

t.test('duplicates are told with both places, across files', async (t) => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: traefik/whoami}]}\n';
  t.match(
    problemsOf(() => loadManifests([source(pod, 'one.yaml'), source(pod, 'two.yaml')], { embedded })),
    /^two\.yaml:3:18: Pod default\/a is given twice[\s\S]*hint: the first is at one\.yaml:3:12$/,
  );
  const elsewhere = pod.replace('{name: a}', '{name: a, namespace: other}');
  t.equal(loadManifests([source(pod), source(elsewhere)], { embedded }).objects.length, 2);
});

t.test('a node port or an address that two Services ask for', async (t) => {
  const service = (name: string, spec: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {type: NodePort, ${spec}}\n`;
  const both = (one: string, two: string) =>
    problemsOf(() => loadManifests([source(service('a', one), 'one.yaml'), source(service('b', two), 'two.yaml')]));
  t.match(
    both('ports: [{port: 80, nodePort: 30000}]', 'ports: [{port: 81, nodePort: 30000}]'),
    /^two\.yaml:4:\d+: node port 30000 is asked for by Service default\/b and by Service default\/a[\s\S]*the first is at one\.yaml:4:\d+/,
  );
  t.match(both('ports: [{port: 80, nodePort: 30000}]', 'ports: [{port: 80, protocol: UDP, nodePort: 30000}]'), 'is asked for by');
  t.match(
    both('clusterIP: 10.200.1.20, ports: [{port: 80}]', 'clusterIP: 10.200.1.20, ports: [{port: 80}]'),
    'clusterIP 10.200.1.20 is asked for',
  );
  t.equal(both('ports: [{port: 80, nodePort: 30000}]', 'ports: [{port: 80, nodePort: 30001}]'), '');
  const own = 'ports: [{name: a, port: 80, nodePort: 30000}, {name: b, port: 80, protocol: UDP, nodePort: 30000}]';
  t.equal(faults(`type: NodePort, ${own}`), '', 'one Service may use a number for both protocols');
});

t.test('object lists are handed over untouched', async (t) => {
  const file = 'src/proxy/fixtures/objects.yaml';
  const objects = loadObjectList({ file, text: readFileSync(join(repositoryRoot, file), 'utf8') });
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  t.equal(ofKind('Service').length, 4);
  t.equal(ofKind('Node').length, 4);
  t.equal(ofKind('EndpointSlice').length, 4);
  t.equal(
    ofKind('Service').every((one) => Object.hasOwn(one, 'status')),
    true,
  );
  t.same(loadObjectList(source('{"apiVersion":"v1","kind":"NodeList","items":[{"metadata":{"name":"n"},"spec":{"x":1}}]}')), [
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { x: 1 } },
  ]);
  t.match(
    problemsOf(() => loadObjectList(source('kind: List\nitems: 5\n'))),
    "'items' of a List must be a list",
  );
  t.match(
    problemsOf(() => loadObjectList(source('apiVersion: v1\nkind: Service\nmetadata: {}\n'))),
    /x\.yaml:3:1: 'name' is missing/,
  );
  t.match(
    problemsOf(() => loadObjectList(source('[1]'))),
    'a Kubernetes object must be a mapping',
  );
});
