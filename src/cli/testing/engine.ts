import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Finished, type SvclabOptions, svclab } from './svclab.js';

/** The cluster of the lab, and the control-plane node's container. */
const clusterName = 'myk8s';
const controlPlane = `${clusterName}-control-plane`;

/** What the Docker engine holds, sorted, to be compared: nothing of a run may stay. */
export async function engineState(): Promise<Readonly<Record<string, readonly string[]>>> {
  const list = async (...argv: string[]): Promise<readonly string[]> => (await execa('docker', argv)).stdout.split('\n').sort();
  const [containers, networks, volumes, images] = await Promise.all([
    list('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}'),
    list('network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}}'),
    list('volume', 'ls', '--format', '{{.Name}}'),
    list('image', 'ls', '--all', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}'),
  ]);
  return { containers: containers ?? [], networks: networks ?? [], volumes: volumes ?? [], images: images ?? [] };
}

/** The cluster's node containers: the id of each by its name, sorted by name. */
export async function nodeContainers(): Promise<Readonly<Record<string, string>>> {
  const argv = ['ps', '--no-trunc', '--filter', `label=io.x-k8s.kind.cluster=${clusterName}`, '--format', '{{.Names}} {{.ID}}'];
  const { stdout } = await execa('docker', argv);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.sort().map((line) => line.split(' ') as [string, string]));
}

/** kubectl as the cluster's administrator, inside the control plane: the API server's port on this machine plays no part. */
export async function kubectl(argv: readonly string[], input = ''): Promise<string> {
  const inside = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', ...argv];
  return (await execa('docker', ['exec', '--interactive', controlPlane, ...inside], { input })).stdout;
}

/** `kind/name uid` of what the lab works with, in all namespaces but those of the cluster itself. */
export async function objectUids(): Promise<readonly string[]> {
  const path = '{range .items[*]}{.metadata.namespace} {.kind}/{.metadata.name} {.metadata.uid} {.metadata.deletionTimestamp}{"\\n"}{end}';
  const text = await kubectl(['get', 'pods,services,deployments,configmaps', '--all-namespaces', '--output', `jsonpath=${path}`]);
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('kube-') && !line.startsWith('local-path-storage'))
    .sort();
}

/** The words that a run gave to enter or end a kept cluster; `svclab` is this build of it. @throws with what the command said when it fails. */
export async function typed(words: readonly string[]): Promise<void> {
  const [program = '', ...rest] = words;
  if (program !== 'svclab') return void (await execa(program, rest, { stdin: 'ignore' }));
  const { exitCode, stderr } = await svclab(rest);
  if (exitCode !== 0) throw new Error(`'${words.join(' ')}' ended with ${exitCode}: ${stderr}`);
}

interface Teardown {
  teardown(action: () => Promise<void>): void;
}

/** Whatever becomes of the test, no cluster stays. */
export function endClusterAfter(t: Teardown): void {
  t.teardown(async () => {
    await execa('kind', ['delete', 'cluster', '--name', clusterName], { reject: false, env: { KUBECONFIG: '/dev/null' } });
  });
}

/** Runs the program on the real cluster, with a folder of its own for each of: run folders, temporary files, the user's kubeconfig. */
export async function ownFolders(t: Teardown): Promise<OwnFolders> {
  const base = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  t.teardown(() => rm(base, { recursive: true, force: true }));
  const [out, temporary, home] = ['out', 'tmp', 'kube'].map((name) => join(base, name)) as [string, string, string];
  for (const folder of [out, temporary, home]) await mkdir(folder);
  const env = { TMPDIR: temporary, KUBECONFIG: join(home, 'config') };
  return {
    out,
    run: (args, { lab = 'clusterip', ...options } = {}) =>
      svclab(['run', lab, '--cluster', 'kind', '--json', '--out', out, ...args], { env, ...options }),
    strewn: async () => [...(await readdir(temporary)), ...(await readdir(home))],
  };
}

export interface OwnFolders {
  readonly out: string;
  run(args: readonly string[], options?: SvclabOptions & { readonly lab?: string }): Promise<Finished>;
  /** What lies in the folders for temporary files and for the kubeconfig: nothing may. */
  strewn(): Promise<readonly string[]>;
}
