/**
 * Splits a rule into its arguments as iptables-restore does: blanks part them, double quotes keep them together,
 * a backslash takes the next character as it is (iptables 1.8.9, `add_param_to_argv`).
 * @throws Error when a quote is left open.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\' && quoted) {
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else if (char === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && (char === ' ' || char === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quoted) throw new Error('a double quote is left open');
  if (word !== undefined) words.push(word);
  return words;
}

/** Quotes an argument where iptables-save does (iptables 1.8.9, `xtables_save_string`). */
export function quoteWord(word: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(word)) return word;
  return `"${word.replace(/["\\']/g, '\\$&')}"`;
}
