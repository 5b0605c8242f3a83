import t from 'tap';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';

interface Report {
  readonly claims: readonly { readonly id: string; readonly verdict: { readonly status: string } }[];
  readonly breaks: readonly { readonly id: string; readonly status: string; readonly why: { readonly en: string } }[];
}

t.test('every claim is green, and every break turns its claim red for its reason', async (t) => {
  const run = await svclab(['run', 'clusterip', '--sabotage', 'all', '--json', '--out', await temporaryFolder(t)]);
  const [report]: readonly Report[] = JSON.parse(run.stdout).runs;
  if (report === undefined) throw new Error(`no run was reported: ${run.stderr}`);
  for (const { id, verdict } of report.claims) t.equal(verdict.status, 'pass', `claim ${id}`);
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.equal(report.breaks.length, 24);
  t.equal(run.exitCode, 0, run.stderr);
});
