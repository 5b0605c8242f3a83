import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { kindProvider } from '../../clusters/kind/provider.js';
import { courseCluster } from '../providers.js';
import { type Running, start } from './svclab.js';

/** The nodes of the course's cluster. */
export const nodes = ['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'];
const controlPlane = 'myk8s-control-plane';

/** What the engine holds of containers, networks and volumes, sorted, to be compared. */
export async function engineHolds(): Promise<Readonly<Record<string, readonly string[]>>> {
  const [containers, networks, volumes] = await Promise.all([
    lines('docker', 'ps', '--all', '--format', '{{.Names}}'),
    lines('docker', 'network', 'ls', '--format', '{{.Name}}'),
    lines('docker', 'volume', 'ls', '--format', '{{.Name}}'),
  ]);
  return { containers, networks, volumes };
}

/** The containers in which probes run. */
export function sidecars(): Promise<readonly string[]> {
  return lines('docker', 'ps', '--all', '--filter', 'label=svclab.sidecar', '--format', '{{.Names}}');
}

/** `Kind/name uid` of what labs deploy. */
export function workloads(): Promise<readonly string[]> {
  const path = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  return inControlPlane('kubectl', 'get', 'pods,services', '--output', `jsonpath=${path}`);
}

/** As the cluster's administrator. */
export async function inControlPlane(...argv: string[]): Promise<readonly string[]> {
  return lines('docker', 'exec', '--env', 'KUBECONFIG=/etc/kubernetes/admin.conf', controlPlane, ...argv);
}

export async function docker(...argv: string[]): Promise<void> {
  await execa('docker', argv);
}

/** `svclab down` for kind, in this process. */
export function down(): Promise<readonly string[]> {
  return kindProvider({ env: process.env, config: courseCluster() }).down('myk8s', new AbortController().signal);
}

async function lines(program: string, ...argv: string[]): Promise<readonly string[]> {
  const { stdout } = await execa(program, argv);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

export interface OwnPlace {
  readonly out: string;
  /** Starts `run clusterip --cluster kind`. */
  lab(...args: string[]): Running;
  /** What lies about in its folder for temporary files, and the programs that it or what it started still runs. */
  strewn(): Promise<readonly string[]>;
}

/** Folders for one test's runs. */
export async function ownPlace(t: { teardown(action: () => Promise<void>): void }): Promise<OwnPlace> {
  const base = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  t.teardown(() => rm(base, { recursive: true, force: true }));
  const [out, temporary] = [join(base, 'runs'), join(base, 'tmp')];
  await mkdir(temporary);
  return {
    out,
    lab: (...args) => start(['run', 'clusterip', '--cluster', 'kind', '--out', out, ...args], { env: { TMPDIR: temporary } }),
    strewn: async () => [...(await readdir(temporary)), ...(await programsWith(`TMPDIR=${temporary}`))],
  };
}

/** Command lines of the processes with this in their environment. */
async function programsWith(variable: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await read(pid, 'environ')).split('\0').includes(variable) ? [(await read(pid, 'cmdline')).replaceAll('\0', ' ')] : [],
    ),
  );
  return found.flat();
}
