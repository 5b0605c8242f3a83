import { oneLine } from '../visible.js';
import { flow } from './flow.js';
import type { Look } from './look.js';

/** A command as it is typed here: svclab itself is started by `program`. */
export function asTyped(argv: readonly string[], program: string): string {
  return (argv[0] === 'svclab' ? [program, ...argv.slice(1)] : argv).join(' ');
}

/** Commands to type, each below what it is for. */
export function commands(look: Look, list: readonly { readonly why: string; readonly command: string }[]): string[] {
  return list.flatMap(({ why, command }) => [
    ...flow(look, [{ text: why, role: 'quiet' }], { lead: [{ text: '  ' }, { text: '# ', role: 'quiet' }], hang: 4 }),
    // Never broken into lines, so that it can be copied.
    `  ${look.paint('quiet', '$')} ${look.paint('command', oneLine(command))}`,
  ]);
}
