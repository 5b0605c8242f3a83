import { EnvironmentError } from '../core/errors.js';
import type { Soundness } from '../core/evidence.js';
import { type CommandResult, type Place, succeeded } from '../core/executor.js';
import { waitFor } from '../core/wait.js';
import { type Output, printOutputs } from '../evidence/outputs.js';
import type { Backend, Scene, SceneNode } from '../scene/scene.js';
import type { Action, Change, Command, ExtraReading, Until } from '../schema/lab.js';
import { expand } from '../schema/template.js';
import { blaming } from './blamed.js';
import { commandOf, makeChange } from './changes.js';
import { grow } from './grow.js';
import { isFor } from './is-for.js';
import type { Stage } from './stage.js';

/** What an action left behind as evidence. */
export interface Acted {
  readonly name: string;
  readonly probe: 'requests' | 'commands';
  readonly part: { readonly place: Place; readonly role: string; readonly format: string; readonly file: string };
  readonly soundness: Soundness;
}

export interface ActOptions {
  readonly step: string;
  /** Whether to tell the reporters what is typed. */
  readonly quiet: boolean;
  readonly fileFor: (name: string, place: Place, role: string, extension: string) => string;
}

/** Does what a student does. @throws EnvironmentError when a command fails whose output nobody judges. */
export async function act(
  stage: Stage,
  scene: Scene,
  action: Exclude<Action, ExtraReading>,
  options: ActOptions,
): Promise<Acted | undefined> {
  if (action.kind === 'change') {
    await changeAll(stage, [action.change], options);
    return undefined;
  }
  if (!isFor(action.clusters, stage.cluster.provider)) return undefined;
  const places = scene.places(action.on);
  const [place] = places;
  if (place === undefined) throw new EnvironmentError(`'${action.on}' names no place in this cluster now`);
  const turns = turnsOf(stage, scene, action);
  const typed = (at: Place): void => {
    if (options.quiet) return;
    for (const { argv, times } of turns)
      stage.emit({ type: 'typed', step: options.step, place: at, command: argv.join(' '), times, why: action.why });
  };
  if (action.as !== undefined && action.argv[0]?.text === 'curl') {
    typed(place);
    return ask(stage, place, turns, action, action.as, options);
  }
  const outputs: Output[] = [];
  for (const at of places) {
    typed(at);
    if (action.until !== undefined) outputs.push(...(await lookUntil(stage, scene, at, turns, action.until)));
    else for (const turn of turns) outputs.push(...(await type(stage, at, turn, action.as !== undefined)));
  }
  if (action.as === undefined) return undefined;
  const file = options.fileFor(action.as, places.length === 1 ? place : 'local', 'outputs', 'json');
  await stage.folder.write(file, printOutputs(outputs));
  return {
    name: action.as,
    probe: 'commands',
    part: { place: 'local', role: 'outputs', format: 'outputs-json', file },
    soundness: { sound: true },
  };
}

/** Makes changes one after the other, and tells the reporters what a person would type for them. */
export async function changeAll(
  stage: Stage,
  changes: readonly Change[],
  { step, quiet }: Pick<ActOptions, 'step' | 'quiet'>,
): Promise<void> {
  for (const change of changes.filter(({ clusters }) => isFor(clusters, stage.cluster.provider))) {
    if (!quiet) stage.emit({ type: 'typed', step, place: 'local', command: commandOf(change), times: 1, why: change.why });
    await blaming(change.source, () => (change.kind === 'grow' ? grow(stage, change) : makeChange(stage.cluster, change, stage.signal)));
  }
}

interface Turn {
  readonly argv: readonly string[];
  readonly times: number;
  readonly each: string | undefined;
}

function turnsOf(stage: Stage, scene: Scene, action: Command): readonly Turn[] {
  const times = action.times === 'requests' ? stage.requests : action.times;
  return targetsOf(scene, action).map((each) => ({
    argv: action.argv.map((word) => expand(word, (path) => scene.value(path, each))),
    times,
    each: each?.name,
  }));
}

function targetsOf(scene: Scene, { each }: Command): readonly (Backend | SceneNode | undefined)[] {
  if (each === undefined) return [undefined];
  return each === 'nodes' ? scene.nodes : scene.backends(each);
}

async function ask(stage: Stage, place: Place, turns: readonly Turn[], action: Command, name: string, options: ActOptions): Promise<Acted> {
  const executor = stage.cluster.executor(place);
  const file = options.fileFor(name, place, 'answers', 'json');
  const meanwhile = action.meanwhile.length === 0 ? {} : { meanwhile: () => changeAll(stage, action.meanwhile, options) };
  const { part, soundness } = await stage.tools.requests({ executor, turns, sink: stage.folder, file, signal: stage.signal, ...meanwhile });
  return { name, probe: 'requests', part, soundness };
}

async function type(stage: Stage, place: Place, { argv, times, each }: Turn, judged: boolean): Promise<readonly Output[]> {
  const executor = stage.cluster.executor(place);
  const outputs: Output[] = [];
  for (let i = 0; i < times; i++) {
    const result = await executor.run(argv, { signal: stage.signal });
    stage.signal.throwIfAborted();
    if (!judged && !succeeded(result))
      throw new EnvironmentError(`'${argv.join(' ')}' failed at ${place}: ${result.stderr.trim() || result.ended}`);
    outputs.push(outputOf(result, each));
  }
  return outputs;
}

/** Types a command that only looks until what it prints is what is waited for. @throws EnvironmentError when the time is over. */
async function lookUntil(stage: Stage, scene: Scene, place: Place, turns: readonly Turn[], until: Until): Promise<readonly Output[]> {
  const executor = stage.cluster.executor(place);
  const text = until.text instanceof RegExp ? until.text : expand(until.text, (path) => scene.value(path));
  const holds = (stdout: string): boolean => (typeof text === 'string' ? stdout.includes(text) : text.test(stdout)) === until.wanted;
  const outputs: Output[] = [];
  for (const { argv, each } of turns) {
    const what = `at ${place}, '${argv.join(' ')}' with ${until.said}`;
    const look = async (): Promise<Output | undefined> => {
      const result = await executor.run(argv, { signal: stage.signal });
      if (!succeeded(result)) throw new EnvironmentError(result.stderr.trim() || result.ended);
      return holds(result.stdout) ? outputOf(result, each) : undefined;
    };
    outputs.push(await waitFor(what, look, { intervalMs: 100, timeoutMs: until.withinMs, signal: stage.signal }));
  }
  return outputs;
}

function outputOf({ place, argv, ended, exitCode, stdout, stderr }: CommandResult, each: string | undefined): Output {
  return { place, argv: [...argv], ...(each === undefined ? {} : { each }), ended, exitCode, stdout, stderr };
}
