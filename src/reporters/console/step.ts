import stringWidth from 'string-width';
import type { EventOf } from '../run-records.js';
import { oneLine } from '../visible.js';
import { flow } from './flow.js';
import type { Look } from './look.js';
import { placeName } from './places.js';

/** The line that a section of the report begins with. */
export function heading(look: Look, title: string): string {
  const { line } = look.signs;
  const shown = oneLine(title);
  const rest = Math.max(2, look.columns - stringWidth(shown) - 4);
  return `${look.paint('quiet', line.repeat(2))} ${look.paint('step', shown)} ${look.paint('quiet', line.repeat(rest))}`;
}

export function stepBegin(look: Look, event: EventOf<'step-started'>, number: number): string[] {
  return [
    '',
    heading(look, `${number} ${event.step}`),
    ...flow(look, [{ text: look.say(event.text) }], { hang: 2, lead: [{ text: '  ' }] }),
  ];
}

/** What a student types, and why; the reason is left out where the command before it had the same. */
export function typed(look: Look, event: EventOf<'typed'>, before: EventOf<'typed'> | undefined): string[] {
  const why = look.say(event.why);
  const reason =
    before !== undefined && look.say(before.why) === why
      ? []
      : flow(look, [{ text: why, role: 'quiet' }], { hang: 4, lead: [{ text: '  ' }, { text: '# ', role: 'quiet' }] });
  const times = event.times === 1 ? '' : `  ${look.paint('changed', `${look.signs.times} ${event.times}`)}`;
  // A command is never broken into lines, so that it can be copied.
  const command = `  ${look.paint('quiet', `${placeName(event.place)} $`)} ${look.paint('command', oneLine(event.command))}${times}`;
  return [...(before === undefined ? [''] : []), ...reason, command];
}

export function retaken(look: Look, event: EventOf<'step-retaken'>): string[] {
  return flow(look, [{ text: `${look.words.again(event.attempt)}:`, role: 'inconclusive' }, { text: look.say(event.why) }], {
    lead: [{ text: '  ' }, { text: `${look.signs.again} `, role: 'inconclusive' }],
    hang: 4,
  });
}
