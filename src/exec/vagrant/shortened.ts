/** Characters. */
const longest = 240;

/** A line that a person can read: of an rsync that failed, Vagrant repeats the command, thousands of characters of what it was to leave out. */
export function shortened(line: string): string {
  return line.length > longest ? `${line.slice(0, longest)} ...` : line;
}
