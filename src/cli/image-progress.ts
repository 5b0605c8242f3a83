import type { Listener } from '../images/workshop.js';
import { lookOf } from '../reporters/console/look.js';
import { Progress } from '../reporters/console/progress.js';
import type { CommandContext } from './context.js';

/** What is told on stderr while images are made: with the spinner of runs on a terminal, in plain lines elsewhere. */
export function imageProgress(context: CommandContext): Listener & { stop(): void } {
  const { stdout, stderr, language, color, unicode } = context;
  const options = { stdout, stderr, language, color, unicode };
  const progress = new Progress(options);
  const look = () => lookOf(options, stderr);
  return {
    began: (what) => progress.began(look(), what[language]),
    ended: (what, durationMs) => progress.ended(look(), what[language], durationMs),
    said: (what) => progress.say([`${look().signs.dot} ${what[language]}`]),
    stop: () => progress.stop(),
  };
}
