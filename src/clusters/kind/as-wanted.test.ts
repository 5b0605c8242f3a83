import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import { allAsWanted } from './as-wanted.js';
import { marked, notingChange } from './leftovers.js';
import type { Written } from './manifests.js';

const pod: Written = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'webpod1', labels: { app: 'webpod' } },
  spec: { nodeName: 'worker', containers: [{ name: 'container', image: 'whoami:1' }] },
};
const service: Written = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'svc' }, spec: { ports: [{ port: 9000 }] } };
const deployment: Written = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'echo' },
  spec: { template: { spec: { containers: [{ image: 'echo:1' }] } } },
};
const ids = new Map([['docker.io/library/whoami:1', 'sha256:one']]);

/** As the API server shows it: with what it fills in. */
function live(item: Written, more: Written = {}): KubeObject {
  const metadata = item['metadata'] as Written;
  const spec = item['spec'] as Written;
  return {
    ...item,
    metadata: { ...metadata, namespace: 'default', uid: 'u' },
    spec: { ...spec, restartPolicy: 'Always' },
    status: { phase: 'Running' },
    ...more,
  } as unknown as KubeObject;
}

t.test('what is there just so, with what the server fills in', async (t) => {
  const wanted = marked([pod, service], ids);
  const there = wanted.map((item) => live(item));
  t.ok(allAsWanted(there, wanted));
  t.notOk(allAsWanted(there.slice(1), wanted), 'one is missing');
  t.ok(allAsWanted([...there, live(deployment)], wanted), 'what else is there does not matter');
});

t.test('an object that is not as it was applied', async (t) => {
  const [wanted = {}] = marked([pod], ids);
  const spec = wanted['spec'] as Written;
  const metadata = wanted['metadata'] as Written;
  for (const [name, more] of Object.entries({
    'a label gone': { metadata: { ...metadata, labels: {} } },
    'a label changed': { metadata: { ...metadata, labels: { app: 'leaving' } } },
    'one container more': { spec: { ...spec, containers: [...(spec['containers'] as Written[]), { name: 'two' }] } },
    'another image': { spec: { ...spec, containers: [{ name: 'container', image: 'whoami:2' }] } },
    'no list': { spec: { ...spec, containers: 'container' } },
    'no spec': { spec: undefined },
    'it is being deleted': { metadata: { ...metadata, deletionTimestamp: '2026-11-27T00:00:00Z' } },
    'it does not run': { status: { phase: 'Pending' } },
    'applied by somebody else': { metadata: { ...metadata, annotations: {} } },
    'changed by svclab': notingChange({}),
  } satisfies Record<string, Written>)) {
    t.notOk(allAsWanted([live(wanted, more)], [wanted]), name);
  }
});

t.test('another image under the same name', async (t) => {
  const before = marked([pod], ids).map((item) => live(item));
  t.ok(allAsWanted(before, marked([pod], ids)));
  t.notOk(allAsWanted(before, marked([pod], new Map([['docker.io/library/whoami:1', 'sha256:two']]))));
});

t.test('pods whose node is open tell nothing of the images', async (t) => {
  const open = { ...pod, spec: { containers: [{ image: 'whoami:1' }] } };
  for (const item of [deployment, open]) {
    const wanted = marked([item], ids);
    t.notOk(
      allAsWanted(
        wanted.map((one) => live(one)),
        wanted,
      ),
    );
  }
});
