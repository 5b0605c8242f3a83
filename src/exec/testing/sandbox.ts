import { fileURLToPath } from 'node:url';
import { Holder } from '../holder.js';

/** For tests alone: a sandbox with nothing in it. */
export function startHolder(options: { readonly script?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<Holder> {
  return Holder.start({
    script: options.script ?? fileURLToPath(new URL('../../clusters/netns/agent/main.js', import.meta.url)),
    nodeOptions: ['--no-warnings'],
    root: process.getuid?.() === 0,
    env: options.env ?? process.env,
  });
}
