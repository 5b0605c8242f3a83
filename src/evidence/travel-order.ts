interface Stop {
  readonly place: string;
  readonly direction: 'in' | 'out' | 'other';
  readonly ttl: number;
  readonly timestampUs: number;
}

/**
 * Sorts looks at one packet into the order of its way. All captures of a run have one kernel's clock, but two looks may fall into the same
 * microsecond. Then what the kernel guarantees decides: a router takes one from the TTL, so the higher TTL was earlier; at one place a
 * packet comes in before it goes out; and after going out somewhere it comes in somewhere else.
 */
export function inTravelOrder<T extends Stop>(stops: readonly T[]): readonly T[] {
  const sorted = stops.toSorted((a, b) => a.timestampUs - b.timestampUs || b.ttl - a.ttl);
  const ordered: T[] = [];
  while (sorted.length > 0) {
    const tied = sorted.filter((stop) => stop.timestampUs === sorted[0]?.timestampUs && stop.ttl === sorted[0]?.ttl);
    const next = tied.length === 1 ? tied[0] : nextOf(tied, ordered.at(-1));
    if (next === undefined) break;
    ordered.push(next);
    sorted.splice(sorted.indexOf(next), 1);
  }
  return ordered;
}

/** Continues the way: out of where the packet just came in, or into another place than it just left. */
function nextOf<T extends Stop>(tied: readonly T[], last: T | undefined): T | undefined {
  const possible = tied.filter(
    (stop) => stop.direction !== 'out' || !tied.some((other) => other.place === stop.place && other.direction === 'in'),
  );
  const continues = (stop: T) =>
    last?.direction === 'in'
      ? stop.direction === 'out' && stop.place === last.place
      : stop.direction === 'in' && stop.place !== last?.place;
  // At the beginning, a packet that goes out of a place without having come in was made there.
  const begins = (stop: T) => last === undefined && stop.direction === 'out';
  return possible.find(begins) ?? possible.find(continues) ?? possible[0];
}
