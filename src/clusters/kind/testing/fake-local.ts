import type { CommandResult, Executor } from '../../../core/executor.js';

/** For tests alone: a machine that has the programs whose words are named, with what they print; a number is an exit code. */
export function answering(answers: Readonly<Record<string, string | number>>): Executor {
  const result = (argv: readonly string[]): CommandResult => {
    const answer = answers[argv.join(' ')];
    return {
      place: 'local',
      argv,
      ended: answer === undefined ? 'not-started' : 'exit',
      exitCode: answer === undefined ? null : typeof answer === 'number' ? answer : 0,
      signal: null,
      stdout: typeof answer === 'string' ? answer : '',
      stderr: answer === undefined ? `spawn ${argv[0]} ENOENT` : typeof answer === 'number' ? 'it failed\nfor a reason' : '',
      durationMs: 1,
    };
  };
  return {
    place: 'local',
    run: async (argv) => result(argv),
    start: () => Promise.reject(new Error('nothing is started here')),
  };
}
