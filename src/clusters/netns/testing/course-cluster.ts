import { setMaxListeners } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster, ClusterProvider, ManifestSource } from '../../../core/cluster.js';
import type { Warning } from '../../../core/errors.js';
import { type CommandResult, type Place, succeeded } from '../../../core/executor.js';
import { netnsProvider } from '../provider.js';

/** For tests alone: the embedded cluster of `labs/myk8s.kind.yaml`, and the manifests of the course. */
const root = repositoryRoot();

export const nodeNames = ['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'] as const;

/** @param state the folder for records of kept clusters; unless said, one that cannot be: no test writes into its user's home. */
export function courseProvider(state = process.env['SVCLAB_TEST_STATE'] ?? '/dev/null'): ClusterProvider {
  return netnsProvider({ root: process.getuid?.() === 0, env: { ...process.env, XDG_STATE_HOME: state }, tools: [] });
}

export const clusterConfig: ManifestSource = source('labs/myk8s.kind.yaml');

export function startCluster(
  options: {
    readonly publish?: boolean;
    readonly config?: ManifestSource;
    readonly warn?: (warning: Warning) => void;
    readonly state?: string;
  } = {},
): Promise<Cluster> {
  return courseProvider(options.state).create({
    config: options.config ?? clusterConfig,
    name: 'myk8s',
    publish: options.publish ?? false,
    fresh: false,
    progress: () => {},
    logs: () => Promise.reject(new Error('the embedded cluster leaves no logs')),
    signal: never,
    warn: options.warn ?? (() => {}),
  });
}

export const never: AbortSignal = new AbortController().signal;
// Every command that is under way listens.
setMaxListeners(0, never);

/** net-pod, webpod1..3 and svc-clusterip, as the lab has them. */
export const clusterIpManifests: readonly ManifestSource[] = ['net-pod', 'webpods', 'svc-clusterip'].map((name) =>
  source(`labs/clusterip/manifests/${name}.yaml`),
);

/** The rest of what the real cluster of the fixtures runs: a Deployment, and a Service of type NodePort. */
export const echoManifest: ManifestSource = {
  file: 'echo.yaml',
  text: `
apiVersion: apps/v1
kind: Deployment
metadata: { name: deploy-echo }
spec:
  replicas: 3
  selector: { matchLabels: { app: deploy-websrv } }
  template:
    metadata: { labels: { app: deploy-websrv } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - { name: ndks-websrv, image: mendhak/http-https-echo, ports: [{ containerPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: svc-nodeport }
spec:
  type: NodePort
  selector: { app: deploy-websrv }
  ports: [{ name: svc-webport, port: 9000, targetPort: 8080 }]
`,
};

export async function run(cluster: Cluster, place: Place, ...argv: readonly string[]): Promise<CommandResult> {
  return cluster.executor(place).run(argv);
}

/** @throws Error with what the command said, when it fails. */
export async function output(cluster: Cluster, place: Place, ...argv: readonly string[]): Promise<string> {
  const result = await run(cluster, place, ...argv);
  if (!succeeded(result)) throw new Error(`${argv.join(' ')} at ${place}: ${result.ended} ${result.exitCode}: ${result.stderr}`);
  return result.stdout;
}

function source(file: string): ManifestSource {
  return { file, text: readFileSync(join(root, file), 'utf8') };
}

export function yaml(text: string): ManifestSource {
  return { file: 'test.yaml', text };
}

function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) || !existsSync(join(folder, 'labs'))) {
    if (folder === dirname(folder)) throw new Error('not inside the repository');
    folder = dirname(folder);
  }
  return folder;
}
