import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Parser } from 'tap-parser';
import { readPcap } from '../evidence/pcap.js';
import { type Finished, svclab, temporaryFolder } from './testing/svclab.js';

interface Report {
  readonly exitCode: number;
  readonly folder: string;
  readonly totals: Record<string, number>;
  readonly claims: readonly {
    readonly id: string;
    readonly verdict: { readonly status: string; readonly evidence: readonly string[] };
  }[];
}

function reportOf({ stdout, stderr }: Finished): Report {
  const { runs }: { runs: readonly Report[] } = JSON.parse(stdout);
  const [report] = runs;
  if (report === undefined) throw new Error(`no run was reported: ${stderr}`);
  return report;
}

t.test('the lab clusterip is green, and can be judged again', async (t) => {
  const out = await temporaryFolder(t);
  const run = await svclab(['run', 'clusterip', '--out', out, '--json']);
  t.equal(run.exitCode, 0, run.stderr);
  const report = reportOf(run);
  t.same(report.totals, { pass: 17, fail: 0, inconclusive: 0, skip: 0 });
  for (const { id, verdict } of report.claims) t.ok(verdict.evidence.length > 0, `${id} names its evidence`);

  t.test('what the user keeps for curl is not for a lab', async (t) => {
    const home = await temporaryFolder(t);
    await writeFile(join(home, '.curlrc'), 'include\nproxy = "http://127.0.0.1:1"\n');
    const again = await svclab(['run', 'clusterip', '--out', out, '--json'], { env: { HOME: home, CURL_HOME: home } });
    t.equal(again.exitCode, 0, again.stderr);
  });

  t.test('its captures are whole', async (t) => {
    const captures = (await readdir(join(report.folder, 'steps', 'spread'))).filter((name) => name.endsWith('.pcap'));
    t.equal(captures.length, 4, 'one a node');
    for (const name of captures) t.equal(readPcap(await readFile(join(report.folder, 'steps', 'spread', name))).truncated, false);
  });

  t.test('rejudge comes to the same verdicts, as TAP too', async (t) => {
    const again = await svclab(['rejudge', report.folder, '--json']);
    t.equal(again.exitCode, 0, again.stderr);
    const second = reportOf(again);
    const statuses = ({ claims }: Report) => claims.map(({ id, verdict }) => `${id} ${verdict.status}`);
    t.same(statuses(second), statuses(report));
    const tap = await svclab(['rejudge', report.folder, '--reporter', 'tap']);
    const parser = new Parser();
    parser.end(tap.stdout);
    t.equal(parser.ok, true, tap.stdout);
  });

  t.test('a capture that was tampered with is named, with both digests', async (t) => {
    const file = join(report.folder, 'steps', 'wire', 'wire-myk8s-worker.pcap');
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const again = await svclab(['rejudge', report.folder]);
    t.equal(again.exitCode, 4);
    t.match(again.stderr, /wire-myk8s-worker\.pcap.*expected sha256 [0-9a-f]{64} .*found [0-9a-f]{64}/s);
  });
});

t.test('two runs at once both work', async (t) => {
  const out = await temporaryFolder(t);
  const runs = await Promise.all([
    svclab(['run', 'clusterip', '--out', out, '--json']),
    svclab(['run', 'clusterip', '--out', out, '--json']),
  ]);
  t.same(
    runs.map(({ exitCode }) => exitCode),
    [0, 0],
    runs.map(({ stderr }) => stderr).join('\n'),
  );
  const [a, b] = runs.map((run) => reportOf(run).folder);
  t.not(a, b, 'each has a folder of its own');
});

t.test('a sample that proves nothing is not called a pass', async (t) => {
  const run = await svclab(['run', 'clusterip', '--out', await temporaryFolder(t), '--requests', '6', '--json']);
  t.equal(run.exitCode, 4, run.stderr);
  const report = reportOf(run);
  t.equal(report.claims.find(({ id }) => id === 'answers-fit')?.verdict.status, 'inconclusive');
});

t.test('the cluster file decides the ranges', async (t) => {
  const folder = await temporaryFolder(t);
  const lab = new URL('../../../labs/', import.meta.url);
  await mkdir(join(folder, 'clusterip', 'manifests'), { recursive: true });
  for (const file of [
    'clusterip/lab.yaml',
    'clusterip/manifests/webpods.yaml',
    'clusterip/manifests/net-pod.yaml',
    'clusterip/manifests/svc-clusterip.yaml',
  ]) {
    await writeFile(join(folder, file), await readFile(new URL(file, lab)));
  }
  const config = await readFile(new URL('myk8s.kind.yaml', lab), 'utf8');
  await writeFile(join(folder, 'myk8s.kind.yaml'), config.replace('10.10.0.0/16', '10.44.0.0/16').replace('10.200.1.0/24', '10.96.0.0/16'));
  const run = await svclab(['run', join(folder, 'clusterip'), '--out', join(folder, 'runs'), '--json']);
  t.equal(run.exitCode, 0, run.stderr + run.stdout);
  t.match(run.stdout, /10\.44\.1\.2/);
  t.match(run.stdout, /10\.96\.\d+\.\d+:9000/);
});
