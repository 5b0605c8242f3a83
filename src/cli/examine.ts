import type { Finding } from '../core/cluster.js';
import { flow, padded, widthOf } from '../reporters/console/flow.js';
import type { Look } from '../reporters/console/look.js';
import type { Role } from '../reporters/console/paint.js';
import { clusterWords } from './cluster-words.js';
import type { ProviderEntry } from './providers.js';

/** What this machine has and lacks for one kind of cluster. */
export interface Examined {
  readonly kind: string;
  readonly ready: boolean;
  readonly findings: readonly Finding[];
}

export async function examine(entry: ProviderEntry, signal: AbortSignal): Promise<Examined> {
  const findings = await (await entry.load()).preflight(signal);
  return { kind: entry.kind, ready: findings.every((finding) => finding.ok), findings };
}

/** The findings as lines, with what to do about each. */
export function examinedLines(look: Look, examined: readonly Examined[]): readonly string[] {
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
