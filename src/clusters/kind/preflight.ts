import type { Finding } from '../../core/cluster.js';
import { succeeded } from '../../core/executor.js';
import type { Machine } from './machine.js';

const kindVersion = 'v0.24.0';

export async function findings({ local, programs }: Machine, signal: AbortSignal): Promise<readonly Finding[]> {
  const ask = async (what: string, argv: readonly string[], fits: RegExp, hint: string): Promise<Finding> => {
    const result = await local.run(argv, { signal });
    const detail = `${result.stdout}${result.stderr}`.trim().split('\n')[0] ?? '';
    return succeeded(result) && fits.test(detail) ? { what, ok: true, detail } : { what, ok: false, detail: detail || 'not found', hint };
  };
  return Promise.all([
    ask(
      'docker',
      ['docker', 'version', '--format', '{{.Server.Version}}'],
      /\d/,
      'install Docker, start it, and let this user use its socket',
    ),
    ask(
      'kind',
      [programs.kind, 'version'],
      new RegExp(`kind ${kindVersion.replaceAll('.', '\\.')}\\b`),
      `go install sigs.k8s.io/kind@${kindVersion}`,
    ),
    ask('kubectl', [programs.kubectl, 'version', '--client'], /\d/, 'install kubectl v1.31'),
  ]);
}
