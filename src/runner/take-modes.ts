import type { ProxyMode } from '../core/cluster.js';
import { UnmetError } from '../core/errors.js';
import type { Observation } from '../core/evidence.js';
import { same, type Text } from '../core/text.js';
import { EvidenceView } from '../evidence/view.js';
import { Scene } from '../scene/scene.js';
import type { Step } from '../schema/lab.js';
import { commandOf } from './changes.js';
import type { Stage } from './stage.js';
import { type TakenStep, type TakeOptions, takeStep } from './take-step.js';

export interface ModesOptions extends TakeOptions {
  readonly modes: readonly ProxyMode[];
  /** Takes the step in one mode; what it does beside that happens in that mode. */
  readonly around?: (mode: ProxyMode, take: () => Promise<TakenStep>) => Promise<TakenStep>;
}

/**
 * Takes a step once in each proxy mode, one after the other. The mode that is there comes first: on a real cluster each change takes seconds. A mode that cannot be is
 * left out, and its reason kept as an observation without evidence. The cluster is left in the mode that came last; the observations are in the lab file's order.
 */
export async function takeInModes(stage: Stage, step: Step, { modes, around, ...options }: ModesOptions): Promise<TakenStep> {
  const inMode = new Map<ProxyMode, readonly Observation[]>();
  const now = stage.cluster.proxyMode;
  let scene: Scene | undefined;
  for (const mode of [...modes.filter((one) => one === now), ...modes.filter((one) => one !== now)]) {
    if (!options.quiet) {
      const command = commandOf({ kind: 'proxy-mode', mode });
      stage.emit({ type: 'typed', step: step.id, place: 'local', command, times: 1, why: nextMode(mode) });
    }
    const lacking = await lackingMode(stage, mode);
    if (lacking !== undefined) {
      inMode.set(mode, [{ ...lacksMode(mode, lacking), step: options.label, attempt: options.attempt }]);
      continue;
    }
    // What is typed is told once: it is the same in every mode.
    const take = (): Promise<TakenStep> => takeStep(stage, step, { ...options, mode, quiet: options.quiet || scene !== undefined });
    const taken = await (around?.(mode, take) ?? take());
    inMode.set(mode, taken.observations);
    scene = taken.scene;
  }
  const observations = modes.flatMap((mode) => inMode.get(mode) ?? []);
  return { observations, view: new EvidenceView(stage.folder.reader(), observations), scene: scene ?? new Scene(stage.lab.roles, []) };
}

async function lackingMode({ cluster, signal }: Stage, mode: ProxyMode): Promise<Text | undefined> {
  try {
    await cluster.setProxyMode(mode, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnmetError)) throw error;
    return same(error.message);
  }
}

function lacksMode(mode: ProxyMode, why: Text): Omit<Observation, 'step' | 'attempt'> {
  return { name: `objects@${mode}`, probe: 'objects', parts: [], soundness: { sound: false, why } };
}

function nextMode(mode: ProxyMode): Text {
  return { en: `The same once more, now through ${mode}`, ko: `같은 일을 이번에는 ${mode} 모드로 한다` };
}
