import t from 'tap';
import type { Cluster, KubeObject } from '../core/cluster.js';
import { same } from '../core/text.js';
import type { Change } from '../schema/lab.js';
import { commandOf, makeChange } from './changes.js';

const common = { why: same('why'), clusters: undefined, source: { file: 'lab.yaml', line: 1, column: 1 } };
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: '1', labels: { app: 'web', pod: 'one' } },
  spec: { nodeName: 'w1', containers: [{ name: 'c', image: 'traefik/whoami', terminationMessagePath: '/dev/log' }] },
};
const object = { kind: 'Pod', namespace: 'default', name: 'web' };
const manifest = (label: string) => ({
  file: 'pods.yaml',
  text: `apiVersion: v1\nkind: Pod\nmetadata: { name: web, labels: { app: ${label} } }\nspec: { nodeName: w1, containers: [{ name: c, image: traefik/whoami }] }\n`,
});

async function calls(change: Change, objects: readonly KubeObject[] = [pod]): Promise<readonly string[]> {
  const made: string[] = [];
  const notAsked = (): never => {
    throw new Error('nobody asks for this here');
  };
  const cluster: Cluster = {
    ...{ provider: 'fake', name: 'test', podSubnet: '', serviceSubnet: '' },
    ...{ executor: notAsked, outside: notAsked, facts: notAsked, versions: notAsked, keep: notAsked },
    objects: async () => objects,
    apply: async ([source]) => void made.push(`apply ${source?.file}`),
    patch: async ({ name }) => void made.push(`patch ${name}`),
    delete: async ({ name }) => void made.push(`delete ${name}`),
    setProxyMode: async (mode) => void made.push(mode),
    [Symbol.asyncDispose]: async () => {},
  };
  await makeChange(cluster, change, new AbortController().signal);
  return made;
}

t.test('a change is made once: what is so already is left alone', async (t) => {
  const relabel = (app: string | null): Change => ({ ...common, kind: 'patch', object, with: { metadata: { labels: { app } } } });
  t.same(await calls(relabel('gone')), ['patch web']);
  t.same(await calls(relabel(null)), ['patch web']);
  t.same(await calls(relabel('web')), []);
  t.same(await calls(relabel('web'), []), ['patch web'], 'what is not there is for the cluster to say');
  t.same(await calls({ ...common, kind: 'delete', object }), ['delete web']);
  t.same(await calls({ ...common, kind: 'delete', object }, []), []);
  t.same(await calls({ ...common, kind: 'apply', manifest: manifest('web') }), [], 'a cluster adds to what is written');
  t.same(await calls({ ...common, kind: 'apply', manifest: manifest('other') }), ['apply pods.yaml']);
  t.same(await calls({ ...common, kind: 'apply', manifest: manifest('web') }, []), ['apply pods.yaml']);
  t.same(await calls({ ...common, kind: 'proxy-mode', mode: 'nftables' }), ['nftables'], 'the cluster knows its mode');
});

t.test('what a person would type for it', async (t) => {
  const named = { kind: 'Service', namespace: 'other', name: 'web' };
  t.equal(
    commandOf({ ...common, kind: 'patch', object: named, with: { spec: { sessionAffinity: 'ClientIP' } } }),
    `kubectl patch service web --namespace other --type merge --patch '{"spec":{"sessionAffinity":"ClientIP"}}'`,
  );
  t.equal(commandOf({ ...common, kind: 'delete', object }), 'kubectl delete pod web');
  t.equal(commandOf({ ...common, kind: 'apply', manifest: manifest('web') }), 'kubectl apply --filename pods.yaml');
  t.match(commandOf({ ...common, kind: 'proxy-mode', mode: 'ipvs' }), /configmap kube-proxy .*mode: ipvs/);
});
