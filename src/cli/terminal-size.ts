/** The part of a terminal's stream that is used. */
interface Sized {
  readonly isTTY?: boolean;
  columns?: number;
}

/** What a terminal has that nobody knows better. */
const usual = 80;

/**
 * A terminal that was never told its size (script(1) without one around it, `docker run -t` or `ssh -tt` from a program) reports 0 columns. ora divides by
 * them and would clear infinitely many lines, so such a one gets the usual width.
 */
export function giveWidth(...streams: readonly Sized[]): void {
  for (const stream of streams) if (stream.isTTY === true && stream.columns === 0) stream.columns = usual;
}
