import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { loadLab } from '../schema/load-lab.js';
import { findLab, knownLabs } from './find-lab.js';
import { packageRoot } from './package-root.js';
import { labRegistries } from './registries.js';
import { rehearse } from './rehearse.js';

t.test('whatever the labs change can be', async (t) => {
  for (const name of knownLabs()) t.same(rehearse(loadLab(findLab(name, packageRoot), labRegistries)), [], name);
});

type Swap = readonly [from: string, to: string];

/** What is found in the lab distribution with texts in place of others, each where it stands first. */
async function found(t: { testdir(): string }, ...swaps: readonly Swap[]) {
  const folder = t.testdir();
  await cp(join(packageRoot, 'labs'), folder, { recursive: true });
  const file = join(folder, 'distribution', 'lab.yaml');
  let text = await readFile(file, 'utf8');
  for (const [from, to] of swaps) {
    if (!text.includes(from)) throw new Error(`the lab has no ${from}`);
    text = text.replace(from, () => to);
  }
  await writeFile(file, text);
  const netPod = await readFile(join(folder, 'distribution/manifests/net-pod.yaml'), 'utf8');
  await writeFile(join(folder, 'distribution/manifests/nowhere.yaml'), netPod.replace(/nodeName: \S+/, 'nodeName: no-such-node'));
  const line = (wanted: string): number => text.split('\n').findIndex((one) => one.includes(wanted)) + 1;
  return { problems: rehearse(loadLab(file, labRegistries)), line };
}

t.test('a change of what is not there, or to what cannot be, names its place in the lab file', async (t) => {
  const none = await found(t, ['object: deploy/deploy-scaled', 'object: deploy/deploy-sealed']);
  t.match(none.problems, [
    { message: "this cannot be changed so: there is no Deployment 'deploy-sealed'", hint: 'there are: deploy-scaled' },
  ]);
  t.equal(none.problems[0]?.line, none.line('object: deploy/deploy-sealed') - 1);
  t.match(none.problems[0]?.source, /- patch:/);

  const { problems } = await found(t, ['with: { spec: { replicas: 5 } }', 'with: { spec: { replicas: -5 } }']);
  t.match(problems, [{ message: /^this cannot be changed so: .*replicas/ }]);
});

t.test('a change while requests go on, too; deleting what is gone already is none', async (t) => {
  const meanwhile = await found(t, ['with: { metadata: { labels: { app: left } } }', 'with: { spec: { nodeName: elsewhere } }']);
  t.match(meanwhile.problems, [{ message: /the spec of a running pod cannot change/ }]);
  const twice = await found(t, [
    '          - delete: pod/webpod3\n',
    '          - delete: pod/webpod3\n            why: { en: once, ko: 한 번 }\n          - delete: pod/webpod3\n',
  ]);
  t.same(twice.problems, []);
});

t.test('breaks are tried after all of it, each by itself', async (t) => {
  const broken = await found(t, ['with: { metadata: { labels: { app: other } } }', 'with: { spec: { hostname: other } }']);
  t.match(broken.problems, [{ message: /the spec of a running pod cannot change/ }]);
  t.equal(broken.problems[0]?.line, broken.line('id: selector-misses'));
});

t.test('manifests that cannot be together', async (t) => {
  const { problems } = await found(t, ['  - manifests/net-pod.yaml\n', '  - manifests/nowhere.yaml\n']);
  t.match(problems, [{ line: 1, message: /^the manifests cannot be applied together: .*no-such-node/ }]);
});

t.test('what is not for the embedded cluster is not tried', async (t) => {
  const impossible: Swap = ['object: deploy/deploy-scaled', 'object: deploy/deploy-sealed'];
  const lab = await found(t, impossible, ['clusters: [netns, kind]', 'clusters: [kind]']);
  t.same(lab.problems, [], 'a lab for real clusters alone');
  t.equal((await found(t, impossible)).problems.length, 1);
  const change = await found(t, ['- patch:', '- clusters: [kind]\n        patch:'], impossible);
  t.same(change.problems, [], 'a change for those alone');
});
