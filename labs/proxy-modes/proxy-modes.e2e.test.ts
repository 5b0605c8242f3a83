import t from 'tap';
import { svclab, temporaryFolder } from '../../src/cli/testing/svclab.js';

// A busy machine takes its time.
t.setTimeout(240_000);

interface Report {
  readonly claims: readonly {
    readonly id: string;
    readonly verdict: { readonly status: string; readonly why?: { readonly en: string } };
  }[];
  readonly breaks: readonly { readonly id: string; readonly status: string; readonly why: { readonly en: string } }[];
}

t.test('every claim is green or skipped for want of ip_vs, and every break turns its claim red for its reason', async (t) => {
  const run = await svclab(['run', 'proxy-modes', '--sabotage', 'all', '--json', '--out', await temporaryFolder(t)]);
  const [report]: readonly Report[] = JSON.parse(run.stdout).runs;
  if (report === undefined) throw new Error(`no run was reported: ${run.stderr}`);
  const skipped = report.claims.filter(({ verdict }) => verdict.status === 'skip');
  for (const { id, verdict } of skipped) {
    t.match(id, /^ipvs-/);
    t.match(verdict.why?.en, /^proxy mode ipvs: /);
  }
  for (const { id, verdict } of report.claims.filter((one) => !skipped.includes(one))) t.equal(verdict.status, 'pass', `claim ${id}`);
  t.ok(report.claims.length - skipped.length >= 12);
  for (const { id, status, why } of report.breaks) t.equal(status, 'proven', `break ${id}: ${why.en}`);
  t.ok(report.breaks.length >= 16);
  t.equal(run.exitCode, 0, run.stderr);
});
