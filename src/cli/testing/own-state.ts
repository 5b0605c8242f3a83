import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { start, svclab, temporaryFolder } from './svclab.js';

/** For tests alone: a user's state of its own, and no engine: nothing of the machine's real clusters is seen, or ended. */
export async function user(t: Test): Promise<{
  readonly state: string;
  readonly asked: typeof svclab;
  readonly starts: typeof start;
  readonly records: () => readonly string[];
}> {
  const state = await temporaryFolder(t);
  await mkdir(join(state, 'svclab', 'clusters'), { recursive: true });
  const records = (): readonly string[] => readdirSync(join(state, 'svclab', 'clusters'));
  const env = { XDG_STATE_HOME: state, DOCKER_HOST: 'unix:///dev/null/none' };
  const asked: typeof svclab = (args, options = {}) => svclab(args, { cwd: state, ...options, env: { ...env, ...options.env } });
  const starts: typeof start = (args, options = {}) => start(args, { cwd: state, ...options, env: { ...env, ...options.env } });
  // Only a test that failed leaves one.
  t.teardown(async () => {
    if (records().length > 0) await asked(['down', '--cluster', 'netns']);
  });
  return { state, asked, starts, records };
}
