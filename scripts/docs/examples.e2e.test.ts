import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { labAround, namedFiles } from './labs.js';
import { codeIn, document, root, tableOf } from './markdown.js';

const reportSchema = z.looseObject({
  runs: z.array(
    z.looseObject({
      totals: z.record(z.string(), z.number()),
      breaks: z.array(z.looseObject({ id: z.string(), status: z.string(), why: z.looseObject({ en: z.string() }) })),
    }),
  ),
});

/** A folder like `labs/`, with the cluster file in it. */
async function labsFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-docs-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await cp(join(root, 'labs/myk8s.kind.yaml'), join(folder, 'myk8s.kind.yaml'));
  return folder;
}

/** Runs a lab with all its breaks and gives what the report says of it. */
async function runAll(folder: string, lab: string) {
  const program = join(root, 'build/src/cli/main.js');
  const args = [program, 'run', lab, '--sabotage', 'all', '--json', '--out', 'runs'];
  const { stdout, stderr, exitCode } = await execa(process.execPath, args, { cwd: folder, reject: false });
  const [run] = exitCode === undefined || stdout === '' ? [] : reportSchema.parse(JSON.parse(stdout)).runs;
  return {
    exitCode,
    stderr,
    totals: run?.totals,
    breaks: run?.breaks.map(({ id, status, why }) => (status === 'proven' ? id : `${id}: ${why.en}`)),
  };
}

t.test('the small lab of docs/lab-format.md holds, and its breaks are proven', async (t) => {
  const folder = await labsFolder(t);
  for (const [name, text] of namedFiles(document('docs/lab-format.md').blocks)) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const { exitCode, totals, breaks, stderr } = await runAll(folder, 'two-pods/lab.yaml');
  t.equal(exitCode, 0, stderr);
  t.match(totals, { pass: 3, fail: 0, inconclusive: 0 });
  t.strictSame(breaks, ['wrong-port', 'no-way', 'masqueraded', 'diverted']);

  // It uses every probe, so its folder holds every format.
  const [run = ''] = (await readdir(join(folder, 'runs'))).filter((name) => name !== 'latest');
  const part = z.looseObject({ format: z.string() });
  const manifest = z
    .looseObject({ observations: z.array(z.looseObject({ parts: z.array(part) })) })
    .parse(JSON.parse(await readFile(join(folder, 'runs', run, 'manifest.json'), 'utf8')));
  const evidence = document('docs/evidence.md');
  const first = (head: string) => tableOf(evidence, head).flatMap(([cell = '']) => codeIn(cell));
  const formats = new Set(manifest.observations.flatMap(({ parts }) => parts.map(({ format }) => format)));
  t.strictSame([...formats].sort(), first('format').sort(), 'docs/evidence.md tells of every format');
  t.strictSame(Object.keys(manifest).sort(), first('field').sort(), 'and of every field of the manifest');
});

t.test('the breaks of docs/lab-format.md, one of each way, are proven', async (t) => {
  const folder = await labsFolder(t);
  const [fragment] = document('docs/lab-format.md').blocks.filter(
    ({ language, text }) => language === 'yaml' && text.startsWith('claims:'),
  );
  if (fragment === undefined) throw new Error('docs/lab-format.md shows no claims');
  await cp(join(root, 'labs/clusterip/manifests'), join(folder, 'clusterip/manifests'), { recursive: true });
  await writeFile(join(folder, 'clusterip/lab.yaml'), labAround(fragment));
  const { exitCode, breaks, stderr } = await runAll(folder, 'clusterip/lab.yaml');
  t.equal(exitCode, 0, stderr);
  t.strictSame(breaks, ['rule-break', 'command-break', 'patch-break', 'delete-break']);
});
