import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { InputError, UsageError } from '../core/errors.js';
import { fixtures, problemsOf, repositoryRoot } from '../objects/source/testing/fixture-files.js';
import { appliedManifests } from './applied.js';
import type { FileReader } from './input-file.js';
import { loadLab, readLab } from './load-lab.js';
import { standIns } from './testing/registries.js';

const folder = 'src/schema/fixtures/lab';
const beside: FileReader = (path) =>
  ['cluster.yaml', 'pods.yaml', 'service.yaml'].includes(path) ? { text: `# ${path}` } : { fault: `there is no file ${path}` };

t.test('the lab clusterip loads, with its places', async (t) => {
  const file = join(repositoryRoot, 'labs/clusterip/lab.yaml');
  const lab = loadLab(file, standIns);
  t.match(lab, { id: 'clusterip', minutes: 15, requests: 300, clusters: ['netns', 'kind'] });
  t.same(lab.roles, { client: 'pod/net-pod', service: 'svc/svc-clusterip', backends: 'endpoints/svc-clusterip' });
  t.equal(lab.cluster.file, join(repositoryRoot, 'labs/myk8s.kind.yaml'));
  t.match(lab.cluster.text, 'podSubnet: 10.10.0.0/16');
  t.same(
    lab.manifests.map((manifest) => manifest.file.slice(repositoryRoot.length + 1)),
    ['labs/clusterip/manifests/webpods.yaml', 'labs/clusterip/manifests/net-pod.yaml', 'labs/clusterip/manifests/svc-clusterip.yaml'],
  );
  const lines = readFileSync(file, 'utf8').split('\n');
  const claims = lab.steps.flatMap((step) => step.claims);
  t.ok(claims.length >= 10);
  for (const { id, source } of [...claims, ...claims.flatMap((claim) => claim.breaks)]) {
    t.match(lines[source.line - 1]?.slice(source.column - 1), new RegExp(`^id: ${id}$`));
  }
  const late = claims.flatMap((claim) => claim.breaks).find((one) => one.id === 'translated-late');
  t.same(
    late?.ways.map((way) => way.kind),
    ['rule', 'command'],
  );
});

t.test('every field of the format', async (t) => {
  const lab = fixtures(folder, 'valid-')
    .map((source) => readLab(source, standIns, beside))
    .find(({ id }) => id === 'everything');
  t.match(lab, {
    title: { en: 'Everything', ko: '모두' },
    summary: { en: 'Folded over two lines' },
    requests: 300,
    cluster: { file: 'cluster.yaml', text: '# cluster.yaml' },
    roles: { dns: 'pod/kube-system/coredns', 'many-words-2': 'endpoints/other/api' },
  });
  const [step] = lab?.steps ?? [];
  t.match(step?.observe, [
    {
      name: 'wire',
      probe: 'capture',
      on: ['client', 'client.node', 'backends.nodes', 'backends.0.node'],
      templates: { filter: { parts: { length: 4 } } },
    },
    { name: 'rules', on: ['other-nodes'], templates: {} },
    { name: 'table', on: ['nodes'] },
  ]);
  const [first, second, third] = (step?.actions ?? []).filter((action) => action.kind === 'command');
  t.match(first, { times: 'requests', as: 'answers', on: 'client' });
  t.same(
    first?.argv.map((word) => word.text),
    ['curl', '-s', 'http://$service.address:$service.port/a b?x=1&y=$$HOME', '-H', 'X-A: $client.node.name'],
  );
  t.match(second, { times: 3, each: 'many-words-2', on: 'backends.1' });
  t.match(third, { times: 1 });
  t.notOk(Object.hasOwn(third ?? {}, 'each'));
  const [ways, gone] = step?.claims.map((claim) => claim.breaks[0]?.ways) ?? [];
  t.match(ways, [
    { kind: 'patch', object: { kind: 'Service', namespace: 'other', name: 'api' }, with: { spec: { ports: null } } },
    { kind: 'rule', on: 'backends.0.node', table: 'mangle' },
    { kind: 'command', on: 'dns', holds: [{ text: 'ip' }, { text: 'route' }, { text: 'get' }, { text: '$service.address' }] },
  ]);
  t.same(gone, [{ kind: 'delete', object: { kind: 'Pod', namespace: 'other', name: 'api-1' } }]);
  t.match(step?.claims[1]?.options, { at: ['backend', 'backend.node'], destination: 'backend' });
});

for (const { file, text, expected } of fixtures(folder, 'invalid-')) {
  t.test(`${file} gives exactly its problems`, async (t) => {
    t.equal(
      problemsOf(() => readLab({ file, text }, standIns, beside)),
      expected,
    );
  });
}

t.test('what a lab is given, changes, keeps and leaves out', async (t) => {
  const text = readFileSync(join(repositoryRoot, folder, 'valid-changes.yaml'), 'utf8');
  const lab = readLab({ file: 'labs/x/lab.yaml', text }, standIns, (path) => beside(path.replace('labs/x/', '')));
  const [step] = lab.steps;
  t.equal(lab.publish, true);
  t.match(step, { optional: true, observe: [{ on: ['worker', 'outside'], clusters: ['kind'] }], claims: [{ clusters: ['kind'] }] });
  t.match(step?.given, [
    {
      kind: 'patch',
      object: { kind: 'Deployment', namespace: 'default', name: 'web' },
      with: { spec: { replicas: 2 } },
      clusters: undefined,
    },
    { kind: 'apply', manifest: { file: 'labs/x/service.yaml', text: '# service.yaml' } },
    { kind: 'proxy-mode', mode: 'nftables', clusters: ['netns'] },
  ]);
  t.match(step?.actions, [
    { kind: 'command', on: 'outside', as: 'answers', meanwhile: [{ kind: 'delete', object: { kind: 'Pod', name: 'web-1' } }] },
    { kind: 'change', change: { kind: 'patch', object: { kind: 'Service' } } },
    { on: 'nodes', as: 'addresses', meanwhile: [] },
    { on: 'worker.machine', each: 'nodes', clusters: ['kind'] },
    { on: 'host' },
  ]);
  t.match(step?.claims[0]?.breaks[0]?.ways, [{ kind: 'patch', object: { kind: 'Deployment' } }]);
  t.same(
    appliedManifests(lab).map(({ file }) => file),
    ['labs/x/service.yaml'],
  );
});

t.test('what a lab waits for, reads in between, and breaks for each endpoint', async (t) => {
  const text = readFileSync(join(repositoryRoot, folder, 'valid-waits.yaml'), 'utf8');
  const [step] = readLab({ file: 'lab.yaml', text }, standIns, beside).steps;
  t.match(step?.actions, [
    { kind: 'command', on: 'nodes', until: { text: { text: '$backends.0.address' }, wanted: false, withinMs: 5000 } },
    { kind: 'read', observation: 'rules', as: 'halfway', clusters: ['netns'] },
    { kind: 'command', as: 'table', until: { wanted: false, withinMs: 10_000, said: 'mismatches: ^tcp .* (120|119) TIME_WAIT' } },
  ]);
  t.match(step?.claims[0]?.breaks[0]?.ways, [{ kind: 'rule', each: 'backends', chain: { text: '$each.chain' } }]);
});

t.test('files that are no lab at all', async (t) => {
  const problems = (text: string) => problemsOf(() => readLab({ file: 'x.yaml', text }, standIns, beside));
  t.match(problems('kind: \0Lab'), /^x\.yaml:1:7: the file holds a NUL byte/);
  t.match(
    problems('\uFEFFapiVersion: svclab/v2\r\nkind: Lab\r\n'),
    "x.yaml:1:13: 'apiVersion' cannot be 'svclab/v2'\n    apiVersion: svclab/v2\n                ^^^^^^^^^\n",
  );
  t.match(problems('['.repeat(10_000)), 'more than 100 levels of nesting');
  t.match(problems('null'), 'the document must be a mapping, not empty');
});

t.test('a lab file that cannot be read is a wrong argument', async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'svclab-'));
  t.teardown(() => rmSync(empty, { recursive: true }));
  t.throws(() => loadLab(join(empty, 'lab.yaml'), standIns), UsageError);
  t.throws(() => loadLab(empty, standIns), { message: `${empty} is a folder, not a file` });
});

const everything = fixtures(folder, 'valid-').find(({ file }) => file === 'valid-everything.yaml')?.text ?? '';
const clusterip = readFileSync(join(repositoryRoot, 'labs/clusterip/lab.yaml'), 'utf8');

/** Reads a lab that may be broken in any way: only an InputError may come, and only with places inside the file. */
function staysInside(text: string): boolean {
  try {
    readLab({ file: 'lab.yaml', text }, standIns, () => ({ text: '' }));
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const lines = text.split('\n');
    return error.problems.every(({ line, column, length, source, message }) => {
      const written = lines[line - 1];
      return (
        written !== undefined &&
        source === written.replace(/\r$/, '') &&
        column >= 1 &&
        column + length - 1 <= Math.max(written.length + 1, 1) &&
        !/undefined|\[object/.test(message)
      );
    });
  }
}

for (const { lab: original, numRuns } of [
  { lab: everything, numRuns: 100 },
  { lab: clusterip, numRuns: 12 },
]) {
  t.test('property: a changed lab gives problems inside the file, and no other error', async (t) => {
    const paths = pathsOf(parse(original));
    const change = fc.record({
      path: fc.constantFrom(...paths),
      what: fc.constantFrom('delete', 'rename', 'retype'),
      value: fc.jsonValue({ maxDepth: 2 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const lab: unknown = parse(original);
        for (const one of changes) mutate(lab, one.path, one.what, one.value);
        return staysInside(stringify(lab));
      }),
      { numRuns },
    );
    t.pass(`${numRuns} changed labs`);
  });

  t.test('property: a lab with damaged text gives problems inside the file, and no other error', async (t) => {
    const texts = ['', ' ', '\n', '\t', ':', '- ', '$', '"', "'", '[', '}', '가', '\u0000', '&x', '*x', '\r\n'];
    const damage = fc.record({ at: fc.nat(original.length), length: fc.nat(12), text: fc.constantFrom(...texts) });
    fc.assert(
      fc.property(damage, ({ at, length, text }) => staysInside(original.slice(0, at) + text + original.slice(at + length))),
      { numRuns },
    );
    t.pass(`${numRuns} damaged labs`);
  });
}

t.test('one field deleted is always noticed, but where it is optional', async (t) => {
  // Lists with other items, fields without which the file still says something, and the free parts of expectations and patches.
  const optional =
    /\.\d+$|(^|\.)(defaults|do|times|as|each|observe|rules|table|rule|patch|delete|on|namespace|exactly|chain|dns)$|\.with\.spec/;
  const unnoticed = pathsOf(parse(everything)).filter((path) => {
    const lab: unknown = parse(everything);
    mutate(lab, path, 'delete', null);
    return problemsOf(() => readLab({ file: 'lab.yaml', text: stringify(lab) }, standIns, beside)) === '' && !optional.test(path.join('.'));
  });
  t.same(unnoticed, []);
});

function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...keys].flatMap((key) => [[...path, key], ...pathsOf(Reflect.get(value, key), [...path, key])]);
}

function mutate(lab: unknown, path: readonly (string | number)[], what: string, value: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), lab);
  const key = path.at(-1);
  if (typeof parent !== 'object' || parent === null || key === undefined) return;
  const old: unknown = Reflect.get(parent, key);
  if (what === 'retype') Reflect.set(parent, key, value);
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
  if (what === 'rename' && !Array.isArray(parent)) Reflect.set(parent, `${key}x`, old);
}
