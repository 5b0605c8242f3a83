import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { reportOf } from '../../src/cli/testing/report.js';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';

// A busy machine takes its time.
t.setTimeout(240_000);

/** The sizes of the lab, and those that a test has the time for. */
const sizes = [
  [100, 20],
  [1000, 30],
  [5000, 40],
  [10000, 50],
] as const;

// How long a packet takes is no matter for a test: what is held here is that both modes are programmed, measured and drawn, and that a verdict comes of it.
t.test('every node keeps its size, every client connects, and what was measured is drawn', async (t) => {
  const folder = await temporaryFolder(t);
  const report = reportOf(await svclab(['run', await smallLab(folder), '--json', '--out', join(folder, 'runs')]));
  t.equal(report.error, null);
  for (const { verdict } of report.claims) t.match(verdict.status, /^(pass|fail|inconclusive)$/);
  const [claim] = report.claims;
  const chart = claim?.verdict.details?.find((detail) => detail.kind === 'chart');
  t.same(
    chart?.series.map(({ name, points }) => [name, points.map(({ x, y }) => [x, y > 0])]),
    ['iptables', 'nftables'].map((mode) => [mode, [10, 20, 30, 40, 50].map((x) => [x, true])]),
  );
  t.same((await readdir(join(report.folder ?? '', 'charts'))).sort(), ['looked-up.svg', 'walked.svg']);
  const again = reportOf(await svclab(['rejudge', report.folder ?? '', '--json']));
  t.same(
    again.claims.map(({ id, verdict }) => [id, verdict.status, verdict.seen.en]),
    report.claims.map(({ id, verdict }) => [id, verdict.status, verdict.seen.en]),
  );
});

/** A copy of the lab with small sizes; gives its file. The roles keep their names. */
async function smallLab(folder: string): Promise<string> {
  const labs = fileURLToPath(new URL('../../../labs/', import.meta.url));
  await cp(join(labs, 'scale'), join(folder, 'scale'), { recursive: true });
  await cp(join(labs, 'scale.kind.yaml'), join(folder, 'scale.kind.yaml'));
  const file = join(folder, 'scale', 'lab.yaml');
  let text = (await readFile(file, 'utf8')).replace('rounds: 36', 'rounds: 3');
  const number = (size: number): string => String(size).padStart(5, '0');
  for (const [size, small] of sizes) {
    text = text
      .replaceAll(`svc/svc-${number(size)}`, `svc/svc-${number(small)}`)
      .replaceAll(`{ services: ${size},`, `{ services: ${small},`)
      .replaceAll(new RegExp(`(services: \\[[^\\]]*)\\b${size}\\b`, 'g'), `$1${small}`);
  }
  await writeFile(file, text);
  return file;
}
