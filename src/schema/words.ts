/** One argument of a typed command, quotes taken off. */
export interface Word {
  readonly text: string;
  /** Where it begins and ends in the typed text, quotes included. */
  readonly start: number;
  readonly end: number;
}

export interface WordFault {
  readonly offset: number;
  readonly text: string;
  readonly message: string;
  readonly hint: string;
}

const operators: Readonly<Record<string, string>> = {
  '|': 'pipes are not possible: type one command',
  '>': 'what a command prints is kept by itself',
  '<': 'a command gets no input',
  ';': 'make it two actions',
  '&': 'quote the argument, or make it two actions',
  '`': 'write out what the inner command would print, or use a role',
  '(': 'quote the argument',
  ')': 'quote the argument',
  '\\': 'use quotes instead of a backslash',
  '\n': 'type one line',
};

/**
 * Splits a typed command into arguments as a shell would: at blanks, with single and double quotes. No shell ever runs, so
 * what only a shell could do is refused.
 */
export function splitWords(typed: string): { readonly words: readonly Word[]; readonly faults: readonly WordFault[] } {
  const words: Word[] = [];
  const faults: WordFault[] = [];
  let text = '';
  let start: number | undefined;
  let quote: { readonly mark: string; readonly at: number } | undefined;
  for (let at = 0; at < typed.length; at++) {
    const character = typed.charAt(at);
    if (quote !== undefined) {
      if (character === quote.mark) quote = undefined;
      else {
        const shell = typed.startsWith('$(', at) ? '$(' : character;
        if (quote.mark === '"' && ['\\', '`', '$('].includes(shell)) {
          faults.push({
            offset: at,
            text: shell,
            message: `${shell} inside double quotes is for a shell, and none runs`,
            hint: 'use single quotes',
          });
        }
        text += character;
      }
    } else if (character === '"' || character === "'") {
      quote = { mark: character, at };
      start ??= at;
    } else if (character === ' ' || character === '\t') {
      if (start !== undefined) words.push({ text, start, end: at });
      text = '';
      start = undefined;
    } else {
      start ??= at;
      text += character;
      const hint = operators[character];
      if (typed.startsWith('$(', at)) {
        faults.push({
          offset: at,
          text: '$(',
          message: '$( is for a shell, and none runs',
          hint: 'write out what the inner command would print, or use a role',
        });
        at += 1;
      } else if (hint !== undefined) {
        const shown = character === '\n' ? 'a line break' : character;
        faults.push({ offset: at, text: character, message: `${shown} is for a shell, and none runs`, hint });
      }
    }
  }
  if (quote !== undefined)
    faults.push({ offset: quote.at, text: quote.mark, message: 'the quote is not closed', hint: `add the other ${quote.mark}` });
  if (start !== undefined) words.push({ text, start, end: typed.length });
  return { words, faults };
}
