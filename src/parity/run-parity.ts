import { CleanupStack } from '../core/cleanup.js';
import type { Cluster, ClusterProvider, ManifestSource } from '../core/cluster.js';
import type { Warning } from '../core/errors.js';
import type { Text } from '../core/text.js';
import type { RunFolder } from '../evidence/run-folder.js';
import { loadKindConfig } from '../schema/kind-config.js';
import { allowedReasons } from './allowed.js';
import { compareSet, type ManifestSet, type SetCompared } from './compare-set.js';
import type { Difference } from './difference.js';
import type { GeneratedSet } from './generate.js';
import type { ProxySettings } from './reading.js';
import { shrink } from './shrink.js';

export interface ParityOptions {
  readonly real: ClusterProvider;
  readonly embedded: ClusterProvider;
  /** What kube-proxy works in, in both clusters. */
  readonly mode: ProxySettings['mode'];
  /** The cluster of every set. */
  readonly config: ManifestSource;
  readonly sets: readonly ManifestSet[];
  /** Undefined for none. */
  readonly generated: { readonly name: string; readonly set: GeneratedSet } | undefined;
  /** Where the readings are kept. */
  readonly folder: RunFolder;
  readonly fresh: boolean;
  /** Leaves a real cluster that was made here running. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly say: (text: Text) => void;
  readonly warn: (warning: Warning) => void;
}

export interface SetResult extends SetCompared {
  readonly name: string;
  /** Of a generated set that differs: the Services with which it does so by themselves. */
  readonly reproducedBy?: readonly { readonly name: string; readonly manifest: string }[];
}

export interface ParityResult {
  readonly sides: readonly [string, string];
  readonly sets: readonly SetResult[];
  /** Every allowed difference, and how often it was met. */
  readonly allowed: readonly { readonly id: string; readonly reason: Text; readonly met: number }[];
  /** The readings. */
  readonly folder: string;
}

/** Holds both clusters against each other, set by set. @throws what the providers throw; a difference is a result. */
export async function runParity(options: ParityOptions): Promise<ParityResult> {
  await using acquired = new CleanupStack();
  const parity = new Parity(options);
  await parity.begin(acquired);
  const sets: SetResult[] = [];
  for (const set of options.sets) sets.push({ name: set.name, ...(await parity.compare(set)) });
  if (options.generated !== undefined) sets.push(await parity.generated(options.generated));
  const met = (id: string): number => sets.reduce((sum, set) => sum + (set.met.get(id) ?? 0), 0);
  return {
    sides: [options.real.kind, options.embedded.kind],
    sets,
    allowed: allowedReasons.map(({ id, reason }) => ({ id, reason, met: met(id) })),
    folder: options.folder.path,
  };
}

class Parity {
  readonly #options: ParityOptions;
  /** The real cluster was made here, and is found again for each set. */
  #made = false;
  #attempts = 0;

  constructor(options: ParityOptions) {
    this.#options = options;
  }

  /** Makes the real cluster where there is none, so that each set finds it running and leaves it as it was. */
  async begin(acquired: CleanupStack): Promise<void> {
    const { real, config, fresh, keep, signal } = this.#options;
    const { name } = loadKindConfig(config);
    const there = (await real.status(signal)).some((cluster) => cluster.name === name);
    if (there && !fresh) return;
    const cluster = await this.#create(real, config, fresh);
    this.#made = true;
    if (!keep) acquired.add(`the cluster ${name}`, async () => void (await real.down(name, new AbortController().signal)));
    await cluster.keep();
  }

  compare(set: ManifestSet): Promise<SetCompared> {
    const { real, embedded, mode, folder, signal, say } = this.#options;
    say({ en: `${set.name}: ${set.manifests.length} manifests`, ko: `${set.name}: 매니페스트 ${set.manifests.length}개` });
    return compareSet(set, mode, [() => this.#create(real, set.config), () => this.#create(embedded, set.config)], folder, signal);
  }

  async generated({ name, set }: { readonly name: string; readonly set: GeneratedSet }): Promise<SetResult> {
    const compare = (services: GeneratedSet['services'], as: string): Promise<SetCompared> =>
      this.compare({
        name: as,
        config: this.#options.config,
        manifests: [...set.pods, ...services.map(({ manifest }) => manifest)],
      });
    const compared = await compare(set.services, name);
    const named = set.services.filter((service) => compared.differences.some((difference) => names(difference, service.name)));
    if (named.length === 0) return { name, ...compared };
    const fails = async (services: GeneratedSet['services']): Promise<boolean> => {
      this.#attempts += 1;
      return (await compare(services, `${name}-smaller-${this.#attempts}`)).differences.length > 0;
    };
    // The Services that the differences name are the first to ask.
    const suspects = named.length < set.services.length && (await fails(named)) ? named : set.services;
    const few = await shrink(suspects, fails);
    return { name, ...compared, reproducedBy: few.map((service) => ({ name: service.name, manifest: service.manifest.text })) };
  }

  #create(provider: ClusterProvider, config: ManifestSource, fresh = false): Promise<Cluster> {
    const { signal, say, warn, folder } = this.#options;
    return provider.create({
      config,
      name: loadKindConfig(config).name,
      publish: false,
      fresh,
      signal,
      // That it is found again is no news where it was made here.
      warn: (warning) => (warning.code === 'reused' && this.#made ? undefined : warn(warning)),
      progress: say,
      logs: () => folder.folderFor('cluster-logs'),
    });
  }
}

/** Whether a difference speaks of this Service of the namespace `default`. */
function names({ section, line }: Difference, service: string): boolean {
  return new RegExp(`\\bdefault/${service}(?![\\w-])`).test(`${section} ${line}`);
}
