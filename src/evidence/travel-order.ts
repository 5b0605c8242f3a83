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
  const has = (place: string, direction: Stop['direction']) => tied.some((stop) => stop.place === place && stop.direction === direction);
  const possible = tied.filter((stop) => stop.direction !== 'out' || !has(stop.place, 'in'));
  const wishes: readonly ((stop: T) => boolean)[] = [
    // At the beginning, a packet that goes out of a place without having come in was made there.
    (stop) => last === undefined && stop.direction === 'out',
    (stop) => last?.direction === 'in' && stop.direction === 'out' && stop.place === last.place,
    // A place that it leaves again comes before one where it stays.
    (stop) => last?.direction !== 'in' && stop.direction === 'in' && stop.place !== last?.place && has(stop.place, 'out'),
    (stop) => last?.direction !== 'in' && stop.direction === 'in' && stop.place !== last?.place,
  ];
  for (const wish of wishes) {
    const found = possible.find(wish);
    if (found !== undefined) return found;
  }
  return possible[0];
}
