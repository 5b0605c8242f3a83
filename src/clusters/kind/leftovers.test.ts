import t from 'tap';
import type { KubeObject } from '../../core/cluster.js';
import { digestAnnotation, leftovers, marked, notingChange } from './leftovers.js';
import type { Written } from './manifests.js';

const pod = (name: string, image: string, more: Written = {}): Written => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...more },
  spec: { containers: [{ image }] },
});
/** As the API server would show what was applied. */
const live = (items: readonly Written[]) => items as unknown as readonly KubeObject[];
const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);

t.test('what is wanted as it is stays; what is of another lab, or another version, goes', async (t) => {
  const there = live(marked([pod('same', 'a'), pod('other-version', 'a'), pod('other-lab', 'a')]));
  t.same(names(leftovers(there, marked([pod('same', 'a'), pod('other-version', 'b'), pod('new', 'a')]))), ['other-version', 'other-lab']);
});

t.test("others' objects stay, and those that a controller made go with what made them", async (t) => {
  const [owned] = marked([pod('of-a-deployment', 'a', { ownerReferences: [{ kind: 'ReplicaSet' }] })]);
  const node = { ...marked([pod('worker', 'a')])[0], kind: 'Node' };
  t.same(leftovers(live([pod('users', 'a'), owned ?? {}, node]), marked([pod('new', 'a')])), []);
});

t.test('the other annotations of an object stay as they are', async (t) => {
  const [object] = marked([pod('one', 'a', { annotations: { own: 'x' } })]);
  t.match(object, { metadata: { name: 'one', annotations: { own: 'x', [digestAnnotation]: /^[0-9a-f]{64}$/ } } });
});

t.test('what svclab has changed since is not what was applied', async (t) => {
  const patch = notingChange({ metadata: { labels: { app: 'leaving' } }, spec: { replicas: 2 } });
  t.match(patch, { metadata: { labels: { app: 'leaving' } }, spec: { replicas: 2 } });
  const wanted = marked([pod('one', 'a')]);
  const changed = live(
    wanted.map((object) => ({ ...object, ...patch, metadata: { ...(object['metadata'] as Written), ...(patch['metadata'] as Written) } })),
  );
  t.same(names(leftovers(changed, wanted)), ['one']);
});
