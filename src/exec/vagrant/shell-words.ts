/**
 * The one line from which a POSIX shell makes exactly these words again: ssh hands the words of a command to a shell at the other end, joined by blanks
 * (ssh(1)), so that each must be quoted for it. Within single quotes nothing is special but the quote itself (XCU 2.2.2).
 * @throws Error for a NUL, which no argument can hold.
 */
export function shellWords(argv: readonly string[]): string {
  return argv.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (word.includes('\0')) throw new Error('an argument cannot hold a NUL');
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
