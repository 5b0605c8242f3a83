import type { Text } from '../core/text.js';

/** `1 connection`, `20 connections`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A list in one line, the same in both languages but for its items. */
export function joined(items: readonly Text[], separator = ', '): Text {
  return { en: items.map(({ en }) => en).join(separator), ko: items.map(({ ko }) => ko).join(separator) };
}

/** `+20`. */
export function signed(count: number): string {
  return `+${count}`;
}
