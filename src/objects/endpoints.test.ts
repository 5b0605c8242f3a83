import t from 'tap';
import { endpointSlices } from './endpoints.js';
import { pod, running, service } from './testing/objects.js';

const web = { app: 'web' };
const named = (port: number) => ({ containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: port }] }] });

t.test('pods that a Service selects, and no others', async (t) => {
  const pods = [
    running(pod('a', web), '10.10.1.2'),
    running(pod('b', { app: 'other' }), '10.10.1.3'),
    pod('c', web),
    running({ ...pod('d', web), metadata: { name: 'd', namespace: 'elsewhere', labels: web } }, '10.10.1.4'),
  ];
  const [slice, ...more] = endpointSlices(service('s', { selector: web, ports: [{ name: 'http', port: 9000, targetPort: 80 }] }), pods);
  t.same(more, []);
  t.match(slice, {
    metadata: { namespace: 'default', name: /^s-[a-z0-9]{5}$/, labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
    endpoints: [
      {
        addresses: ['10.10.1.2'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'w1',
        targetRef: { kind: 'Pod', name: 'a' },
      },
    ],
  });
  t.equal(slice?.endpoints?.length, 1);
});

t.test('no selector, no slice; no pod, an empty slice', async (t) => {
  t.same(endpointSlices(service('s', {}), [running(pod('a', web), '10.10.1.2')]), []);
  t.same(endpointSlices(service('s', { selector: {} }), []), []);
  t.same(endpointSlices(service('s', { type: 'ExternalName', selector: web }), []), []);
  t.match(endpointSlices(service('s', { selector: web }), []), [{ endpoints: [], ports: [] }]);
});

t.test('a pod that is not ready', async (t) => {
  const pods = [running(pod('a', web), '10.10.1.2', false)];
  const conditions = (spec: Parameters<typeof service>[1]) => endpointSlices(service('s', spec), pods)[0]?.endpoints?.[0]?.conditions;
  t.same(conditions({ selector: web }), { ready: false, serving: false, terminating: false });
  t.same(conditions({ selector: web, publishNotReadyAddresses: true }), { ready: true, serving: false, terminating: false });
});

t.test('named target ports: pods that give them one number share a slice', async (t) => {
  const pods = [
    running(pod('a', web, named(80)), '10.10.1.2'),
    running(pod('b', web, named(8080)), '10.10.1.3'),
    running(pod('c', web, named(80)), '10.10.1.4'),
    running(pod('d', web), '10.10.1.5'),
  ];
  const slices = endpointSlices(
    service('s', {
      selector: web,
      ports: [
        { port: 9000, targetPort: 'http' },
        { name: 'x', port: 1, protocol: 'UDP' },
      ],
    }),
    pods,
  );
  t.same(
    slices.map((slice) => [
      slice.ports?.map(({ name, port }) => `${name} ${port}`),
      slice.endpoints?.flatMap(({ addresses }) => addresses),
    ]),
    [
      [
        [' 80', 'x 1'],
        ['10.10.1.2', '10.10.1.4'],
      ],
      [[' 8080', 'x 1'], ['10.10.1.3']],
      // It has no port of that name: the controller leaves it out.
      [['x 1'], ['10.10.1.5']],
    ],
  );
  t.equal(new Set(slices.map(({ metadata }) => metadata.name)).size, 3);
  const udp = { containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 53, protocol: 'UDP' as const }] }] };
  t.same(
    endpointSlices(service('s', { selector: web, ports: [{ port: 1, targetPort: 'http' }] }), [running(pod('u', web, udp), '10.10.1.6')])[0]
      ?.ports,
    [],
    'a port of another protocol does not count',
  );
});

t.test('headless Services are marked', async (t) => {
  const [slice] = endpointSlices(service('s', { selector: web, clusterIP: 'None' }), [running(pod('a', web), '10.10.1.2')]);
  t.equal(slice?.metadata.labels?.['service.kubernetes.io/headless'], '');
});
