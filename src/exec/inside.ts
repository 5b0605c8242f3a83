import { randomBytes } from 'node:crypto';
import type { CommandResult, Executor, Place, RunningCommand } from '../core/executor.js';

/** Keeps the command's pid where `stop` finds it, and becomes the command. */
const announced = 'echo $$ >"$0" && exec "$@"';
const signalled = 'kill -s "$1" "$(cat "$0")"';

/**
 * Commands inside something that another program lets in: `docker exec -i NAME`, `kubectl exec -i POD --`. Neither passes signals on,
 * so a command that goes on leaves its pid in /tmp there and is signalled by a second one.
 */
export function insideExecutor(local: Executor, place: Place, prefix: readonly string[]): Executor {
  const asked = (result: CommandResult, argv: readonly string[]): CommandResult => ({ ...result, place, argv });
  return {
    place,
    async run(argv, options = {}) {
      return asked(await local.run([...prefix, ...argv], options), argv);
    },
    async start(argv, options = {}) {
      const pidFile = `/tmp/svclab-${randomBytes(8).toString('hex')}.pid`;
      const running = await local.start([...prefix, 'sh', '-c', announced, pidFile, ...argv], options);
      const ended = running.ended.then((result) => asked(result, argv));
      const stop = async (signal: NodeJS.Signals = 'SIGINT'): Promise<CommandResult> => {
        await local.run([...prefix, 'sh', '-c', signalled, pidFile, signal.replace(/^SIG/, '')]);
        return ended;
      };
      return {
        place,
        argv,
        ended,
        waitForStderr: (pattern, wait) => running.waitForStderr(pattern, wait),
        stop,
        [Symbol.asyncDispose]: async () => {
          await local.run([...prefix, 'sh', '-c', signalled, pidFile, 'KILL']);
          await running[Symbol.asyncDispose]();
        },
      } satisfies RunningCommand;
    },
  };
}
