import type { Finding } from '../../core/cluster.js';
import { type ExitCode, exitCodes } from '../../core/errors.js';
import type { Registry } from '../../core/registry.js';
import { flow, padded, widthOf } from '../../reporters/console/flow.js';
import { type Look, lookOf } from '../../reporters/console/look.js';
import type { Role } from '../../reporters/console/paint.js';
import { clusterWords } from '../cluster-words.js';
import type { CommandContext } from '../context.js';
import { type ProviderEntry, providersFor } from '../providers.js';
import { reporterOptions } from '../reporter-options.js';

export interface DoctorOptions {
  readonly cluster?: string;
  readonly json?: boolean;
}

interface Examined {
  readonly kind: string;
  readonly ready: boolean;
  readonly findings: readonly Finding[];
}

/** What decides the exit code when nobody says which kind they want. */
const usual = 'netns';

/** Holds the machine against what each cluster needs. Exits 3 when one that was asked for cannot run. */
export async function doctor(
  context: CommandContext,
  options: DoctorOptions,
  providers: Registry<ProviderEntry> = providersFor(context),
): Promise<ExitCode> {
  const wanted = options.cluster ?? usual;
  const one = options.cluster === undefined || options.cluster === 'all' ? undefined : providers.get(options.cluster);
  const examined = await Promise.all((one === undefined ? providers.all : [one]).map((entry) => examine(entry, context.signal)));
  if (options.json) context.stdout.write(`${JSON.stringify({ clusters: examined }, undefined, 2)}\n`);
  else context.stdout.write(`${shown(context, examined).join('\n')}\n`);
  const ready = examined.every((each) => each.ready || (wanted !== 'all' && each.kind !== wanted));
  return ready ? exitCodes.ok : exitCodes.unmet;
}

async function examine(entry: ProviderEntry, signal: AbortSignal): Promise<Examined> {
  const findings = await (await entry.load()).preflight(signal);
  return { kind: entry.kind, ready: findings.every((finding) => finding.ok), findings };
}

function shown(context: CommandContext, examined: readonly Examined[]): readonly string[] {
  const look = lookOf(reporterOptions(context), context.stdout);
  return examined.flatMap((each, i) => [...(i === 0 ? [] : ['']), ...group(look, each)]);
}

function group(look: Look, { kind, ready, findings }: Examined): readonly string[] {
  const words = clusterWords[look.language];
  const name = words.kinds[kind] ?? kind;
  const wordWidth = widthOf(Object.values(words.finding));
  const width = widthOf(findings.map(({ what }) => what));
  const verdict = ready ? words.canRun(name) : words.cannotRun(name);
  return [
    look.paint('title', `${kind}: ${name}`),
    ...findings.flatMap((finding) => {
      const [word, role] = rank(finding);
      const lead = [{ text: padded(words.finding[word], wordWidth), role }, { text: `  ${padded(finding.what, width)}  ` }];
      return [
        ...flow(look, [{ text: finding.detail }], { lead, hang: wordWidth + width + 4 }),
        ...(finding.hint === undefined ? [] : flow(look, [{ text: finding.hint, role: 'quiet' }], { hang: wordWidth + 2 })),
      ];
    }),
    look.paint(ready ? 'pass' : 'fail', verdict),
  ];
}

/** What is well and has a hint all the same may go wrong. */
function rank({ ok, hint }: Finding): readonly ['ok' | 'warning' | 'missing', Role] {
  if (!ok) return ['missing', 'fail'];
  return hint === undefined ? ['ok', 'pass'] : ['warning', 'inconclusive'];
}
