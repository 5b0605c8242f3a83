import type { Language, Text } from '../../core/text.js';
import type { Output, ReporterOptions } from '../options.js';
import { type Words, words } from '../words.js';
import { type Paint, painter } from './paint.js';
import { type Signs, signsFor } from './signs.js';

/** All that drawing a piece of the report needs to know about the terminal and its reader. */
export interface Look {
  readonly paint: Paint;
  readonly signs: Signs;
  readonly words: Words;
  readonly language: Language;
  readonly columns: number;
  readonly say: (text: Text) => string;
}

const withoutTerminal = 100;
/** Longer lines are hard to read, whatever the window's width. */
const widest = 120;
const narrowest = 40;

/** Asked for anew for each piece, since a window can be resized while a lab runs. */
export function lookOf({ language, color, unicode }: ReporterOptions, { isTTY, columns: reported }: Output): Look {
  const columns = isTTY === true ? (reported ?? withoutTerminal) : withoutTerminal;
  return {
    paint: painter(color),
    signs: signsFor(unicode),
    words: words[language],
    language,
    columns: Math.min(widest, Math.max(narrowest, columns)),
    say: (text) => text[language],
  };
}
