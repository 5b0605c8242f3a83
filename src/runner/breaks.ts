import { CleanupStack } from '../core/cleanup.js';
import type { Cluster, KubeObject, ObjectRef } from '../core/cluster.js';
import { EnvironmentError } from '../core/errors.js';
import { type Place, succeeded } from '../core/executor.js';
import { isPatched, reversePatch } from '../objects/merge-patch.js';
import { keyOf, refOf } from '../objects/names.js';
import type { Scene } from '../scene/scene.js';
import type { Break, BreakWay } from '../schema/lab.js';
import { expand, type Template } from '../schema/template.js';
import { blaming } from './blamed.js';

/** A break that is in place. */
export interface AppliedBreak {
  /** Whether the break is still in place: kube-proxy may have repaired it meanwhile. */
  holds(): Promise<boolean>;
  /** Takes it back, in the reverse order. Not cancellable: a cluster is never left broken. */
  undo(): Promise<void>;
}

/** The cluster is not what it was: nothing can be proven on it any more. */
export class BreakNotUndone extends EnvironmentError {}

/** @throws EnvironmentError when a way could not be applied; those before it are taken back then. */
export async function applyBreak(cluster: Cluster, scene: Scene, broken: Break, signal: AbortSignal): Promise<AppliedBreak> {
  return applyAll(`the break '${broken.id}'`, broken.ways, (way) => blaming(broken.source, () => applyWay(cluster, scene, way, signal)));
}

/** Applies one after the other. What was applied is taken back where a later one fails, and in the reverse order in the end. */
async function applyAll<T>(what: string, all: readonly T[], apply: (one: T) => Promise<AppliedBreak>): Promise<AppliedBreak> {
  const applied = new CleanupStack();
  const holding: (() => Promise<boolean>)[] = [];
  try {
    for (const one of all) {
      const { holds, undo } = await apply(one);
      applied.add(what, undo);
      holding.push(holds);
    }
  } catch (error) {
    await undone(what, applied);
    throw error;
  }
  return {
    holds: async () => holding.length > 0 && (await Promise.all(holding.map((holds) => holds()))).every(Boolean),
    undo: () => undone(what, applied),
  };
}

async function undone(what: string, applied: CleanupStack): Promise<void> {
  try {
    await applied.run();
  } catch (cause) {
    throw new BreakNotUndone(`${what} could not be taken back: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const never = new AbortController().signal;

async function applyWay(cluster: Cluster, scene: Scene, way: BreakWay, signal: AbortSignal): Promise<AppliedBreak> {
  switch (way.kind) {
    case 'rule': {
      const targets = way.each === undefined ? [undefined] : scene.backends(way.each);
      const place = onePlace(scene, way.on);
      return applyAll(`the rules in ${way.chain.text}`, targets, (each) => {
        const rule = [way.chain, ...way.spec].map((word) => expand(word, (path) => scene.value(path, each)));
        const iptables = (verb: string): readonly string[] => ['iptables', '-w', '-t', way.table, verb, ...rule];
        return applyCommands(cluster, place, { run: iptables('-I'), undo: iptables('-D'), holds: iptables('-C'), prints: false }, signal);
      });
    }
    case 'command': {
      const argv = (words: readonly Template[]): readonly string[] => words.map((word) => expanded(scene, word));
      const commands = { run: argv(way.run), undo: argv(way.undo), holds: argv(way.holds), prints: true };
      return applyCommands(cluster, onePlace(scene, way.on), commands, signal);
    }
    case 'patch': {
      const before = find(scene.objects, way.object);
      await cluster.patch(way.object, way.with, signal);
      return {
        holds: async () => {
          const now = find(await cluster.objects(never), way.object);
          return isPatched(now, way.with);
        },
        undo: () => cluster.patch(way.object, reversePatch(before, way.with), never),
      };
    }
    case 'delete': {
      const before = find(scene.objects, way.object);
      await cluster.delete(way.object, signal);
      return {
        holds: async () => !(await cluster.objects(never)).some((object) => keyOf(refOf(object)) === keyOf(way.object)),
        undo: () => cluster.apply([{ file: `${way.object.kind} ${way.object.name}`, text: JSON.stringify(asWritten(before)) }], never),
      };
    }
  }
}

interface BreakCommands {
  readonly run: readonly string[];
  readonly undo: readonly string[];
  readonly holds: readonly string[];
  /** `holds` must print something too: many commands that list exit 0 with nothing found. */
  readonly prints: boolean;
}

async function applyCommands(cluster: Cluster, place: Place, commands: BreakCommands, signal: AbortSignal): Promise<AppliedBreak> {
  const executor = cluster.executor(place);
  const must = async (argv: readonly string[], at: AbortSignal): Promise<void> => {
    const result = await executor.run(argv, { signal: at });
    if (!succeeded(result)) throw new EnvironmentError(`'${argv.join(' ')}' failed at ${place}: ${result.stderr.trim() || result.ended}`);
  };
  await must(commands.run, signal);
  return {
    holds: async () => {
      const result = await executor.run(commands.holds);
      return succeeded(result) && (!commands.prints || result.stdout.trim() !== '');
    },
    undo: () => must(commands.undo, never),
  };
}

function expanded(scene: Scene, template: Template): string {
  return expand(template, (path) => scene.value(path));
}

function onePlace(scene: Scene, expression: string): Place {
  const [place] = scene.places(expression);
  if (place === undefined) throw new EnvironmentError(`'${expression}' names no place in this cluster now`);
  return place;
}

function find(objects: readonly KubeObject[], ref: ObjectRef): KubeObject {
  const object = objects.find((candidate) => keyOf(refOf(candidate)) === keyOf(ref));
  if (object === undefined) throw new EnvironmentError(`there is no ${ref.kind} ${ref.name} in this cluster now`);
  return object;
}

/** The object as a manifest: without what only a running cluster adds. */
function asWritten(object: KubeObject): unknown {
  const { status: _status, ...rest } = object;
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, managedFields: _managed, ...metadata } = object.metadata;
  return { ...rest, metadata };
}
