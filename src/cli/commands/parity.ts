import type { ManifestSource } from '../../core/cluster.js';
import { type ExitCode, exitCodes, UsageError } from '../../core/errors.js';
import type { Text } from '../../core/text.js';
import { createRunFolder } from '../../evidence/run-folder.js';
import type { ManifestSet } from '../../parity/compare-set.js';
import { generatedSet, withoutClashes } from '../../parity/generate.js';
import type { ProxySettings } from '../../parity/reading.js';
import { parityJson, parityText } from '../../parity/report.js';
import { runParity } from '../../parity/run-parity.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import type { Lab } from '../../schema/lab.js';
import { loadLab } from '../../schema/load-lab.js';
import type { CommandContext } from '../context.js';
import { findLab, knownLabs } from '../find-lab.js';
import { courseCluster, providersFor } from '../providers.js';
import { labRegistries } from '../registries.js';

export interface ParityCommandOptions {
  readonly generated: number;
  readonly seed: number;
  readonly proxyMode: string;
  readonly out: string;
  readonly fresh?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** Exits 1 when the embedded cluster and a real one differ in anything that is not allowed. */
export async function parity(context: CommandContext, names: readonly string[], options: ParityCommandOptions): Promise<ExitCode> {
  const { signal, language } = context;
  const providers = providersFor(context);
  const [embedded, real] = await Promise.all([providers.get('netns').load(), providers.get('kind').load()]);
  const config = courseCluster();
  const mode = comparable(options.proxyMode);
  const sets = setsOf(context, names, [embedded.kind, real.kind]);
  const generated = options.generated === 0 ? undefined : drawn(options, config);
  for (const set of sets) for (const provider of [embedded, real]) provider.check(set.config, set.manifests);
  const say = (text: Text): void => void context.stderr.write(`${text[language]}\n`);
  const folder = await createRunFolder(options.out, 'parity', new Date());
  const result = await runParity({
    real,
    embedded,
    mode,
    config,
    sets,
    generated,
    folder,
    fresh: options.fresh ?? false,
    keep: options.keep ?? false,
    signal,
    say,
    warn: ({ text }) => say(text),
  });
  context.stdout.write(options.json ? parityJson(result) : parityText(result, language));
  return result.sets.every(({ differences }) => differences.length === 0) ? exitCodes.ok : exitCodes.failed;
}

/** Without names, every lab that runs on both. @throws UsageError for a lab that does not. */
function setsOf(context: CommandContext, names: readonly string[], kinds: readonly string[]): readonly ManifestSet[] {
  const load = (name: string): Lab => loadLab(findLab(name, context.cwd), labRegistries);
  const onBoth = ({ clusters }: Lab): boolean => kinds.every((kind) => clusters.includes(kind));
  const labs = names.length > 0 ? names.map(load) : knownLabs().map(load).filter(onBoth);
  for (const lab of labs) {
    if (!onBoth(lab))
      throw new UsageError(`the lab '${lab.id}' does not run on both kinds of cluster`, { hint: `it runs on ${lab.clusters.join(', ')}` });
  }
  return labs.map(({ id, cluster, manifests }) => ({ name: id, config: cluster, manifests }));
}

/** @throws UsageError for a mode whose rules are not compared. */
function comparable(mode: string): ProxySettings['mode'] {
  if (mode === 'iptables' || mode === 'nftables') return mode;
  throw new UsageError(`parity compares no rules of the proxy mode '${mode}'`, { hint: '--proxy-mode iptables, or nftables' });
}

function drawn({ seed, generated, proxyMode }: ParityCommandOptions, config: ManifestSource) {
  const nodes = loadKindConfig(config).nodes.map(({ name }) => name);
  const set = generatedSet(seed, generated, nodes);
  return { name: `generated-${seed}`, set: proxyMode === 'nftables' ? withoutClashes(set) : set };
}
