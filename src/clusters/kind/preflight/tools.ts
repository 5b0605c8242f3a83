import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../../core/cluster.js';
import { type CommandResult, type Executor, succeeded } from '../../../core/executor.js';

const kindVersion = 'v0.24.0';
/** Of the file kind-linux-amd64 of that release. */
const kindSha256 = 'b89aada5a39d620da3fcd16435b7f28d858927dd53f92cbac77686b0588b600d';
const kubernetesMinor = 31;
/** Of linux/amd64/kubectl of v1.31.0. */
const kubectlSha256 = '7c27adc64a84d1c0cc3dcf7bf4b6e916cc00f3f576a2dbac51b318d926032437';

const kindHint = `go install sigs.k8s.io/kind@${kindVersion}; or the released kind-linux-amd64 (https://kind.sigs.k8s.io/dl/${kindVersion}/kind-linux-amd64, sha256 ${kindSha256})`;
const kubectlHint = `https://dl.k8s.io/release/v1.${kubernetesMinor}.0/bin/linux/amd64/kubectl (sha256 ${kubectlSha256})`;

/** Node images and cluster files are made for one version of kind, so it is exactly that one. */
export async function kindFinding(local: Executor, signal: AbortSignal, program = 'kind'): Promise<Finding> {
  const result = await local.run([program, 'version'], { signal });
  const what = 'kind';
  if (!succeeded(result)) return { what, ok: false, detail: failure(result), hint: kindHint };
  // `kind v0.24.0 go1.22.6 linux/amd64`
  const found = /^kind (v\S+)/.exec(result.stdout)?.[1];
  if (found === kindVersion) return { what, ok: true, detail: result.stdout.trim() };
  return { what, ok: false, detail: `found ${found ?? firstLine(result.stdout)}, wanted ${kindVersion}`, hint: kindHint };
}

/** kubectl is supported within one minor version of the API server (https://kubernetes.io/releases/version-skew-policy/#kubectl). */
export async function kubectlFinding(local: Executor, signal: AbortSignal, program = 'kubectl'): Promise<Finding> {
  const result = await local.run([program, 'version', '--client', '--output=json'], { signal });
  const what = 'kubectl';
  if (!succeeded(result)) return { what, ok: false, detail: failure(result), hint: kubectlHint };
  const [, found, minor] = /"gitVersion":\s*"(v1\.(\d+)\.[^"]*)"/.exec(result.stdout) ?? [];
  if (found === undefined)
    return { what, ok: false, detail: `its version is not understood: ${firstLine(result.stdout)}`, hint: kubectlHint };
  if (Math.abs(Number(minor) - kubernetesMinor) <= 1) return { what, ok: true, detail: found };
  return {
    what,
    ok: false,
    detail: `found ${found}, wanted v1.${kubernetesMinor}, or one minor version from it`,
    hint: kubectlHint,
  };
}

export interface Programs {
  readonly kind: string;
  readonly kubectl: string;
  /** What has been found out about them already. */
  readonly findings?: { readonly kind: Finding | undefined; readonly kubectl: Finding | undefined };
}

/** Those on the PATH where they fit; else those that `svclab images` has put into `folder`, where it has. */
export async function choosePrograms(local: Executor, folder: string, signal: AbortSignal): Promise<Programs> {
  const choose = async (
    name: string,
    finding: typeof kindFinding,
  ): Promise<{ readonly program: string; readonly found: Finding | undefined }> => {
    const built = join(folder, name);
    if (!existsSync(built)) return { program: name, found: undefined };
    const found = await finding(local, signal);
    return found.ok ? { program: name, found } : { program: built, found: undefined };
  };
  const [kind, kubectl] = await Promise.all([choose('kind', kindFinding), choose('kubectl', kubectlFinding)]);
  return { kind: kind.program, kubectl: kubectl.program, findings: { kind: kind.found, kubectl: kubectl.found } };
}

function failure(result: CommandResult): string {
  return result.ended === 'not-started' ? 'not found' : firstLine(result.stderr) || result.ended;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
