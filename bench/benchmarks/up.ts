import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKindConfig } from '../../src/schema/kind-config.js';
import type { BenchContext, Benchmark, Contestant, Figures } from '../benchmark.js';
import { applyPods, createCluster, serviceAddress } from '../embedded/cluster.js';
import { freshEmbeddedSample } from '../embedded/fresh.js';
import { clusterConfig } from '../embedded/manifests.js';
import { writeRivalInputs } from '../rivals/inputs.js';
import { rivalCommand, rivalEnvironment, rivalServer } from '../rivals/sandbox.js';
import { timed } from '../timed.js';

const pods = 6;

/** The embedded cluster, from nothing to the first answer, beside three other ways to build the same thing. */
export const up: Benchmark = {
  name: 'up',
  what: `from nothing to the first answer: 4 nodes, an outside client, ${pods} pods with 5 servers (the program and Mininet's modules are loaded already)`,
  unit: 'ms',
  rounds: 15,
  yardstick: 'svclab',
  targets: [
    { kind: 'median', of: 'svclab', atMost: 250 },
    { kind: 'ratio', of: 'svclab', to: 'Mininet', atMost: 0.5 },
    { kind: 'ratio', of: 'svclab', to: 'Mininet, with the start of its program', atMost: 0.5 },
  ],
  async prepare(context) {
    const folder = await mkdtemp(join(tmpdir(), 'svclab-bench-'));
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      await writeInputs(folder, context);
    } catch (error) {
      await remove();
      throw error;
    }
    const shell = (name: string, script: 'batch.sh' | 'plain.sh', mode: 'links' | 'service'): Contestant => ({
      name,
      sample: async () => ({ [name]: await scriptTime(rivalCommand(script, [folder, rivalServer, mode], context.root), context) }),
    });
    const hasMininet = existsSync('/usr/bin/mnexec') && existsSync('/usr/lib/python3/dist-packages/mininet');
    return {
      contestants: [
        { name: 'svclab', sample: () => ours(context) },
        shell('one ip -batch a namespace, no Service', 'batch.sh', 'links'),
        shell('one ip -batch a namespace', 'batch.sh', 'service'),
        shell('one command a line, no Service', 'plain.sh', 'links'),
        shell('one command a line', 'plain.sh', 'service'),
        ...(hasMininet ? [mininet('Mininet, no Service', 'links', folder, context), mininet('Mininet', 'service', folder, context)] : []),
      ],
      skipped: hasMininet ? [] : [{ name: 'Mininet', why: 'it is not installed: sudo apt-get install --no-install-recommends mininet' }],
      [Symbol.asyncDispose]: remove,
    };
  },
};

async function writeInputs(folder: string, context: BenchContext): Promise<void> {
  await using cluster = await createCluster(context);
  await applyPods(cluster, pods, context.signal);
  writeRivalInputs(folder, {
    config: loadKindConfig(clusterConfig()),
    objects: await cluster.objects(context.signal),
    serviceAddress: await serviceAddress(cluster, context.signal),
  });
}

async function ours(context: BenchContext): Promise<Figures> {
  const { createMs, applyMs, askMs } = await freshEmbeddedSample(pods, context);
  return {
    svclab: createMs + applyMs + askMs,
    'svclab: its nodes': createMs,
    'svclab: its pods and rules': applyMs,
    'svclab: its first answer': askMs,
  };
}

/** From the script's start to its answer, its last line. */
async function scriptTime(command: readonly string[], { env, signal }: BenchContext): Promise<number> {
  const { lines } = await timed(command, { env: rivalEnvironment(env), signal });
  const last = lines.at(-1);
  if (last?.text.startsWith('Hostname: webpod') !== true)
    throw new Error(`'${command.join(' ')}' ended without an answer: ${last?.text ?? ''}`);
  return last.atMs;
}

/** From `begin`, which it says once its modules are loaded, to its answer. */
function mininet(name: string, mode: 'links' | 'service', folder: string, { env, root, signal }: BenchContext): Contestant {
  const command = rivalCommand('mininet_topology.py', [folder, rivalServer, mode], root);
  return {
    name,
    sample: async () => {
      const { lines } = await timed(command, { env: rivalEnvironment(env), signal });
      const begin = lines.find(({ text }) => text === 'begin');
      const answer = lines.find(({ text }) => text.startsWith('Hostname: webpod'));
      if (begin === undefined || answer === undefined)
        throw new Error(`Mininet ended without an answer: ${lines.map(({ text }) => text).join('\n')}`);
      // The scripts beside it are whole programs too; ours is not, so the stricter figure stands first.
      return { [name]: answer.atMs - begin.atMs, [`${name}, with the start of its program`]: answer.atMs };
    },
  };
}
