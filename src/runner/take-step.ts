import { CleanupStack } from '../core/cleanup.js';
import type { ProxyMode } from '../core/cluster.js';
import { EnvironmentError } from '../core/errors.js';
import type { Observation, Soundness } from '../core/evidence.js';
import { type Place, placeName } from '../core/executor.js';
import type { ActiveProbe } from '../core/probe.js';
import { EvidenceView } from '../evidence/view.js';
import type { Scene } from '../scene/scene.js';
import type { Observe, Step } from '../schema/lab.js';
import { expandOptions } from '../schema/template.js';
import { act } from './act.js';
import { forgetGone } from './forget-gone.js';
import { grownParts } from './grow.js';
import { sceneNow } from './scene-now.js';
import type { Stage } from './stage.js';

export interface TakeOptions {
  /** The name under which the observations are kept: the step's id, or `sabotage/<break>` and `sabotage/<break>/undone`. */
  readonly label: string;
  readonly attempt: number;
  /** The observations that are wanted; all of them when left out. */
  readonly only?: ReadonlySet<string>;
  /** The proxy mode that the cluster is in, where the step goes through several: its observations are named by it. */
  readonly mode?: ProxyMode;
  /** Whether to tell the reporters what is typed. */
  readonly quiet: boolean;
}

export interface TakenStep {
  readonly observations: readonly Observation[];
  readonly view: EvidenceView;
  readonly scene: Scene;
}

/**
 * Takes a step once, with what it is given in place already: starts its probes and sees them listening, does what a student would type, ends the probes. Every Kubernetes object
 * is part of the evidence, so that names can be resolved again without the cluster.
 */
export async function takeStep(stage: Stage, step: Step, options: TakeOptions): Promise<TakenStep> {
  const { objects, scene } = await sceneNow(stage);
  await forgetGone(stage, scene);
  const files = fileNames(options);
  const objectsFile = files('objects', 'local', 'objects', 'json');
  await stage.folder.write(objectsFile, `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, undefined, 1)}\n`);
  const observations: Observation[] = [
    observation(options, 'objects', 'objects', [{ place: 'local', role: 'objects', format: 'objects-json', file: objectsFile }]),
    ...grownParts(stage, step.given).map(({ name, part }) => observation(options, name, 'grow', [part])),
  ];
  const wanted = step.observe.filter((observe) => options.only?.has(observe.name) ?? true);
  await using running = new CleanupStack();
  // Captures begin last and end first: what other probes do is not in them, and they are listening when the first thing is sent.
  const readings = wanted.filter((observe) => observe.probe !== 'capture');
  const captures = wanted.filter((observe) => observe.probe === 'capture');
  const extra: { readonly name: string; readonly parts: Observation['parts'] }[] = [];
  const begin = (observes: readonly Observe[]) => Promise.all(observes.map((observe) => beginProbe(stage, scene, observe, running, files)));
  const end = async (probes: readonly StartedProbe[]): Promise<void> => {
    const ended = await Promise.all(probes.map((probe) => endProbe(stage, probe)));
    observations.push(
      ...ended.map(({ observe, parts, soundness }) => {
        const more = extra.filter(({ name }) => name === observe.name).flatMap((one) => one.parts);
        return { ...observation(options, observe.name, observe.probe, [...parts, ...more]), soundness };
      }),
    );
  };
  const reading = await begin(readings);
  const capturing = await begin(captures);
  for (const action of step.actions) {
    if (action.kind === 'read') {
      const probe = reading.find(({ observe }) => observe.name === action.observation);
      if (probe !== undefined) extra.push({ name: action.observation, parts: await readOnce(stage, probe, action.as) });
      continue;
    }
    const acted = await act(stage, scene, action, { step: step.id, quiet: options.quiet, fileFor: files });
    if (acted !== undefined)
      observations.push({ ...observation(options, acted.name, acted.probe, [acted.part]), soundness: acted.soundness });
  }
  await end(capturing);
  await end(reading);
  return { observations, view: new EvidenceView(stage.folder.reader(), observations), scene };
}

type FileNames = (name: string, place: Place, role: string, extension: string) => string;

function fileNames({ label, attempt, mode }: TakeOptions): FileNames {
  const folder = [label, ...(attempt === 1 ? [] : [`attempt-${attempt}`]), ...(mode === undefined ? [] : [mode])].join('/');
  return (name, place, role, extension) => {
    const where = place === 'local' ? [] : [placeName(place)];
    return `${folder}/${[...new Set([name, ...where, ...(role === 'capture' ? [] : [role])])].join('-')}.${extension}`;
  };
}

function observation(options: TakeOptions, name: string, probe: string, parts: Observation['parts']): Observation {
  const named = options.mode === undefined ? name : `${name}@${options.mode}`;
  return { name: named, probe, step: options.label, attempt: options.attempt, parts, soundness: { sound: true } };
}

/** A probe at work, or why there is none. */
interface StartedProbe {
  readonly observe: Observe;
  readonly active: ActiveProbe | Unsound;
}

type Unsound = Soundness & { readonly sound: false };

async function beginProbe(stage: Stage, scene: Scene, observe: Observe, running: CleanupStack, files: FileNames): Promise<StartedProbe> {
  const probe = stage.tools.probes.get(observe.probe);
  const active = await orUnsound(stage, async () =>
    probe.begin({
      options: probe.optionsSchema.parse(expandOptions(observe, (path) => scene.value(path))),
      places: [...new Set(observe.on.flatMap((expression) => scene.places(expression)))],
      executor: (place) => stage.cluster.executor(place),
      sink: stage.folder,
      fileFor: (place, role, extension) => files(observe.name, place, role, extension),
      signal: stage.signal,
    }),
  );
  return { observe, active: 'why' in active ? active : running.use(`the probe '${observe.name}'`, active) };
}

/** One more reading; one that fails leaves nothing, and the claims that name it without evidence. */
async function readOnce(stage: Stage, { active }: StartedProbe, role: string): Promise<Observation['parts']> {
  if ('why' in active || active.read === undefined) return [];
  const read = active.read.bind(active);
  const parts = await orUnsound(stage, () => read(role));
  return 'why' in parts ? [] : parts;
}

async function endProbe(
  stage: Stage,
  { observe, active }: StartedProbe,
): Promise<Pick<Observation, 'parts' | 'soundness'> & { readonly observe: Observe }> {
  const ended = 'why' in active ? active : await orUnsound(stage, () => active.end());
  return 'why' in ended ? { observe, parts: [], soundness: ended } : { observe, ...ended };
}

/** A probe that cannot observe, such as one whose table cannot be read, leaves its claims without evidence; the others are judged all the same. */
async function orUnsound<T extends object>(stage: Stage, observe: () => Promise<T>): Promise<T | Unsound> {
  try {
    return await observe();
  } catch (error) {
    if (stage.signal.aborted || !(error instanceof EnvironmentError)) throw error;
    return { sound: false, why: { en: error.message, ko: `관측하지 못했습니다: ${error.message}` } };
  }
}
