import t from 'tap';
import type { Cluster } from '../../core/cluster.js';
import { waitFor } from '../../core/wait.js';
import { isReady } from '../../objects/endpoints.js';
import { isPod } from '../../objects/guards.js';
import { never, nodeNames, output, startCluster, yaml } from './testing/course-cluster.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const pod = (name: string, port: number) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: web } }
spec:
  nodeName: myk8s-worker
  containers:
    - name: web
      image: traefik/whoami
      readinessProbe: { httpGet: { path: /health, port: ${port} }, periodSeconds: 1, failureThreshold: 1 }
`;
const service = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

async function readyPods(cluster: Cluster): Promise<readonly string[]> {
  const pods = (await cluster.objects(never)).filter(isPod);
  return pods.filter(isReady).map(({ metadata }) => metadata.name);
}

/** The nodes whose rules lead to a pod of the Service. */
async function leading(cluster: Cluster): Promise<number> {
  const rules = await Promise.all(nodeNames.map((node) => output(cluster, `node/${node}`, 'iptables-save', '-t', 'nat')));
  return rules.filter((text) => text.includes('default/web ->')).length;
}

const patience = { intervalMs: 20, timeoutMs: 60_000 };

t.test('a pod that is asked for its health by its node', async (t) => {
  await using cluster = await startCluster();
  await cluster.apply([yaml(`${service}---${pod('web', 80)}`)], never);
  t.same(await readyPods(cluster), ['web'], 'applying returns when it is Ready');
  t.equal(await leading(cluster), 4);

  const health = (status: number) => output(cluster, 'pod/default/web', 'curl', '-sS', '-d', String(status), 'localhost/health');
  await health(500);
  await waitFor('no rule', async () => ((await leading(cluster)) === 0 ? true : undefined), patience);
  t.same(await readyPods(cluster), []);
  t.match(await output(cluster, 'pod/default/web', 'curl', '-sS', 'localhost'), /^Hostname: web/, 'it runs all the same');

  await health(200);
  await waitFor('the rule', async () => ((await leading(cluster)) === 4 ? true : undefined), patience);
  t.same(await readyPods(cluster), ['web']);

  await cluster.delete({ kind: 'Pod', namespace: 'default', name: 'web' }, never);
  t.equal(await leading(cluster), 0, 'one that is deleted is probed no more');
});

t.test('a pod that does not become Ready is waited for until the end', async (t) => {
  await using cluster = await startCluster();
  const ended = new AbortController();
  const applied = cluster.apply([yaml(`${service}---${pod('deaf', 81)}`)], ended.signal);
  const outcome = t.rejects(applied, { message: 'enough' });
  await waitFor('the pod', async () => ((await cluster.objects(never)).some(isPod) ? true : undefined), patience);
  ended.abort(new Error('enough'));
  await outcome;
  t.same(await readyPods(cluster), []);
  t.equal(await leading(cluster), 0);
});
