import { netnsProvider } from '../../clusters/netns/provider.js';
import { type ExitCode, exitCodes } from '../../core/errors.js';
import type { CommandContext } from '../context.js';
import { requiredTools } from '../package-root.js';

/** Holds the machine against what each cluster needs. Exits 3 when the embedded cluster cannot run. */
export async function doctor(context: CommandContext, options: { readonly json?: boolean }): Promise<ExitCode> {
  const provider = netnsProvider({ root: context.root, env: context.env, tools: requiredTools() });
  const findings = await provider.preflight(context.signal);
  const ready = findings.every((finding) => finding.ok);
  if (options.json) {
    context.stdout.write(`${JSON.stringify({ clusters: [{ kind: provider.kind, ready, findings }] }, undefined, 2)}\n`);
  } else {
    const width = Math.max(...findings.map((finding) => finding.what.length));
    for (const { what, ok, detail, hint } of findings) {
      context.stdout.write(`${ok ? 'ok     ' : 'missing'}  ${what.padEnd(width)}  ${detail}\n`);
      if (!ok && hint !== undefined) context.stdout.write(`${' '.repeat(9)}${hint}\n`);
    }
    const verdict =
      context.language === 'ko'
        ? ready
          ? '내장 클러스터를 띄울 수 있습니다'
          : '내장 클러스터를 띄울 수 없습니다'
        : `the embedded cluster ${ready ? 'can' : 'cannot'} run here`;
    context.stdout.write(`${verdict}\n`);
  }
  return ready ? exitCodes.ok : exitCodes.unmet;
}
