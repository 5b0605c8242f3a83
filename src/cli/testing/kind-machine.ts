import type { Test } from 'tap';
import { type StandInOptions, type StandIns, standIns } from './kind-stand-ins.js';

const builtImage = 'svclab/node:v1.31.0';

/** A machine on which a cluster would come to be: what a test takes away from it is the fault. */
export async function machine(
  t: Test,
  options: StandInOptions = {},
): Promise<StandIns & { lab(...args: string[]): ReturnType<StandIns['run']> }> {
  const there = await standIns(t, options);
  there.engine.images.set(builtImage, { 'svclab.recipe': 'abc' });
  const lab = (...args: string[]) => there.run(['run', 'clusterip', '--cluster', 'kind', '--out', there.out, ...args]);
  return { ...there, lab };
}

type Ended = Awaited<ReturnType<StandIns['run']>>;

export function says(t: Test, end: Ended, exitCode: number, ...patterns: readonly RegExp[]): void {
  const text = `${end.stdout}\n${end.stderr}`;
  t.equal(end.exitCode, exitCode, text);
  // Long lines are broken to fit.
  for (const pattern of patterns) t.match(text.replace(/\s+/g, ' '), pattern);
  t.notMatch(text, /\n\s+at |HTTP code|itself failed|\{"message"/, 'no stack trace, and nothing raw');
}

export async function nothingLeft(t: Test, { engine, strewn }: StandIns): Promise<void> {
  t.ok(engine.isBare, `containers, volumes and networks: ${JSON.stringify([engine.containers, engine.volumes, engine.networks])}`);
  t.same(await strewn(), [], 'no temporary file');
}
