import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareCluster, clusterFile, nodeImageOption, whatRealClustersLack } from '../../scripts/real-cluster.js';
import { packageRoot } from '../../src/cli/package-root.js';
import { loadKindConfig } from '../../src/schema/kind-config.js';
import { type BenchContext, type Benchmark, type Contestant, type Figures, nothingHeld } from '../benchmark.js';
import { cliPath } from '../cli-path.js';
import { timed } from '../timed.js';

const kindItself = 'kind create cluster --wait';
const fromNothing = 'svclab run clusterip --cluster kind, from nothing';
const onRunning = 'svclab run clusterip --cluster kind, on a running cluster';
/** What the kubelet takes to start them is in this one. */
const withNewPods = `${onRunning}, with new pods`;

/** Until the sidecars are gone too. */
const toTheEnd = `${onRunning}, to the end of the process`;

/**
 * The lab on real Kubernetes, from the command to the last claim's verdict, in processes that leave the cluster: kind's own time holds no deletion either. A round begins and
 * ends without a cluster; what is not named is not timed.
 */
export const kindRun: Benchmark = {
  name: 'kind',
  what: "svclab run clusterip on a real cluster with 300 connections, from the command to the last verdict, against kind's own time to make that cluster",
  unit: 's',
  rounds: 3,
  yardstick: kindItself,
  targets: [
    { kind: 'median', of: onRunning, atMost: 12 },
    { kind: 'difference', of: fromNothing, to: kindItself, atMost: 25 },
    // The same two where kind itself takes the 49 s that those were set beside: a machine's speed changes within the hour, and kind's with it.
    { kind: 'ratio', of: onRunning, to: kindItself, atMost: 0.245 },
    { kind: 'ratio', of: fromNothing, to: kindItself, atMost: 1.51 },
  ],
  realCluster: true,
  async prepare(context) {
    const lacking = await whatRealClustersLack();
    if (lacking.length > 0) return nothingHeld([], [{ name: 'a real cluster', why: lacking.map((line) => line.trim()).join('; ') }]);
    const folder = await mkdtemp(join(tmpdir(), 'svclab-bench-'));
    const sample = (name: string, take: () => Promise<Figures>): Contestant => ({ name, sample: take });
    return {
      contestants: [
        sample(kindItself, () => clusterOfKind(folder, context)),
        sample(fromNothing, () => labFromNothing(folder, context)),
        sample(onRunning, () => labOnRunning(folder, context)),
      ],
      skipped: [],
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

/** The same file and the same image as svclab's; deleting it is the other half of what a run from nothing does. */
async function clusterOfKind(folder: string, { env, signal }: BenchContext): Promise<Figures> {
  const config = clusterFile();
  const { name } = loadKindConfig(config);
  const own = ['--name', name, '--kubeconfig', join(folder, 'kubeconfig')];
  const remove = ['kind', 'delete', 'cluster', ...own];
  await writeFile(join(folder, 'cluster.yaml'), config.text);
  const create = [
    'kind',
    'create',
    'cluster',
    ...own,
    '--config',
    join(folder, 'cluster.yaml'),
    ...(await nodeImageOption()),
    '--wait',
    '120s',
  ];
  try {
    const made = await timed(create, { env, signal });
    const removed = await timed(remove, { env, signal });
    return { [kindItself]: made.ms / 1000, 'kind delete cluster': removed.ms / 1000 };
  } catch (error) {
    // Whatever went wrong, and also after Ctrl-C: no cluster may stay.
    await timed(remove, { env, signal: AbortSignal.timeout(120_000) });
    throw error;
  }
}

async function labFromNothing(folder: string, context: BenchContext): Promise<Figures> {
  try {
    return { [fromNothing]: (await labRun(folder, context)).toVerdict };
  } finally {
    await timed([process.execPath, cliPath, 'down', '--cluster', 'kind'], {
      env: context.env,
      signal: AbortSignal.timeout(120_000),
      cwd: packageRoot,
    });
  }
}

/** The first run leaves its pods to the second. */
async function labOnRunning(folder: string, context: BenchContext): Promise<Figures> {
  const cluster = await bareCluster(join(folder, 'logs'), context.signal);
  try {
    const first = await labRun(folder, context);
    const second = await labRun(folder, context);
    return { [withNewPods]: first.toVerdict, [onRunning]: second.toVerdict, [toTheEnd]: second.toEnd };
  } finally {
    await cluster.end();
  }
}

/** Seconds since the command: until the last claim was judged, and until the process had ended. */
async function labRun(folder: string, { env, signal }: BenchContext): Promise<{ readonly toVerdict: number; readonly toEnd: number }> {
  const out = join(folder, 'runs');
  const what = ['run', 'clusterip', '--cluster', 'kind', '--requests', '300', '--keep'];
  const argv = [process.execPath, cliPath, ...what, '--reporter', 'tap', '--out', out];
  try {
    const { ms, lines } = await timed(argv, { env, signal, cwd: packageRoot, killSignal: 'SIGTERM' });
    // A claim is a test point of its step's subtest, and is told as soon as it is judged.
    const last = lines.findLast(({ text }) => /^ +(not )?ok /.test(text));
    if (last === undefined) throw new Error(`'${argv.join(' ')}' judged no claim`);
    return { toVerdict: last.atMs / 1000, toEnd: ms / 1000 };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
