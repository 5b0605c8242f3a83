import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { reportSchema } from '../reporters/report-schema.js';
import { parsedXml } from '../reporters/testing/xml.js';
import { noEngine, reportsIn } from './testing/ci-reports.js';
import { svclab, temporaryFolder } from './testing/svclab.js';

const labs = fileURLToPath(new URL('../../../labs/', import.meta.url));
t.test('a lab on the clusters that this machine can run, with every report', async (t) => {
  const out = await temporaryFolder(t);
  const end = await svclab(['ci', 'cluster', '--out', out], { env: noEngine });
  t.equal(end.exitCode, 0, end.stderr);
  t.match(end.stderr, /the embedded cluster can run here[\s\S]*missing {2}docker[\s\S]*no lab is run on kind/);
  const { junit, json, tap, summary, names } = await reportsIn(join(out, 'reports'));
  t.same(names, ['junit.xml', 'summary.md', 'svclab.json', 'svclab.tap'], 'and nothing beside them');
  t.match(junit.attributes, { failures: '0', errors: '0' });
  t.same(
    junit.children.map(({ attributes }) => attributes['name']),
    ['cluster on netns', 'cluster on kind'],
  );
  t.match(json.runs, [{ lab: { id: 'cluster' }, cluster: 'netns', complete: true, exitCode: 0 }]);
  t.match(json.leftOut, [{ cluster: 'kind', labs: ['cluster'] }]);
  t.equal(tap.ok, true);
  t.match(summary, /^# svclab: 1 of 1 lab holds\n/);
});

t.test('one that must run and cannot', async (t) => {
  const out = await temporaryFolder(t);
  const end = await svclab(['ci', 'cluster', '--cluster', 'kind', '--out', out, '--reports', join(out, 'there')], { env: noEngine });
  t.equal(end.exitCode, 3, end.stderr);
  t.equal(end.stdout, '');
  const { junit } = await reportsIn(join(out, 'there'));
  t.match(junit.attributes, { tests: '1', errors: '1' });
});

t.test('a wrong expectation: red, with an annotation at its line of the lab file', async (t) => {
  const folder = await temporaryFolder(t);
  const line = await wrongLab(folder);
  const summary = join(folder, 'summary');
  await writeFile(summary, '');
  const env = { ...noEngine, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: folder };
  const end = await svclab(['ci', 'labs/cluster', '--cluster', 'netns', '--out', 'runs'], { env, cwd: folder });
  t.equal(end.exitCode, 1, end.stderr);
  const annotations = end.stdout.split('\n').filter((text) => text.startsWith('::error '));
  t.equal(annotations.length, 1);
  t.match(
    annotations[0],
    new RegExp(
      `^::error file=labs/cluster/lab\\.yaml,line=${line},col=9,title=cluster on netns%3A nodes \\(label\\)::nodes: There are four nodes`,
    ),
  );
  t.match(
    await readFile(summary, 'utf8'),
    /^# svclab: 0 of 1 lab holds\n[\s\S]*### ✘ FAIL: nodes: [\s\S]*\(labs\/cluster\/lab\.yaml:\d+\)/,
  );
  const { junit } = await reportsIn(join(folder, 'runs', 'reports'));
  const failed = junit.children[0]?.children.find(({ children }) => children.some(({ name }) => name === 'failure'));
  t.match(failed?.attributes, { file: 'labs/cluster/lab.yaml', line: String(line) });
});

t.test('run writes the same reports, beside the one on standard output', async (t) => {
  const folder = await temporaryFolder(t);
  const report = (kind: string) => ['--report', `${kind}=${join(folder, 'reports', kind)}`];
  const end = await svclab(['run', 'cluster', '--out', folder, '--json', ...report('junit'), ...report('console')], { env: noEngine });
  t.equal(end.exitCode, 0, end.stderr);
  t.match(reportSchema.parse(JSON.parse(end.stdout)).runs, [{ exitCode: 0 }]);
  const xml = await svclab(['rejudge', join(folder, 'latest'), '--reporter', 'junit']);
  t.equal(xml.exitCode, 0, xml.stderr);
  const claims = (document: string) => parsedXml(document).children[0]?.children.flatMap(({ attributes }) => attributes['classname'] ?? []);
  t.same(claims(xml.stdout), claims(await readFile(join(folder, 'reports', 'junit'), 'utf8')));
  t.match(await readFile(join(folder, 'reports', 'console'), 'utf8'), 'The stage of every lab');
});

t.test('reports that cannot be written end it before anything is run', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  const end = await svclab(['ci', 'cluster', '--out', join(folder, 'runs'), '--reports', join(folder, 'file', 'x')], { env: noEngine });
  t.equal(end.exitCode, 4, end.stderr);
  t.match(end.stderr, /the report .*junit\.xml cannot be written[\s\S]*can be written to/);
  t.same(await readdir(folder), ['file']);
});

/** A copy of a lab in `labs` with one expectation that does not hold. @returns the line of its claim. */
async function wrongLab(folder: string): Promise<number> {
  await cp(join(labs, 'cluster'), join(folder, 'labs', 'cluster'), { recursive: true });
  await cp(join(labs, 'myk8s.kind.yaml'), join(folder, 'labs', 'myk8s.kind.yaml'));
  const file = join(folder, 'labs', 'cluster', 'lab.yaml');
  const text = await readFile(file, 'utf8');
  const wrong = text.replace('myk8s-worker3: worker3', 'myk8s-worker3: worker4');
  t.not(wrong, text);
  await writeFile(file, wrong);
  return wrong.split('\n').findIndex((each) => each.includes('- id: nodes') && each.startsWith('      ')) + 1;
}
