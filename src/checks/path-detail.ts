import type { Detail, PathHop } from '../core/check.js';
import type { Text } from '../core/text.js';
import type { FollowedConnection, Sighting } from '../evidence/follow.js';
import { joined } from './wording.js';

/** The way of a connection's SYN, and that of the SYN-ACK back. Times count from the first sighting of the SYN in both. */
export function pathDetails({ syn, synAck }: FollowedConnection): readonly Detail[] {
  const startUs = syn[0]?.timestampUs ?? 0;
  return [syn, synAck].filter((way) => way.length > 0).map((way) => ({ kind: 'path', hops: hopsOf(way, startUs) }));
}

function hopsOf(way: readonly Sighting[], startUs: number): readonly PathHop[] {
  return way.flatMap((sighting, i): PathHop[] => {
    const { place, link, direction, timestampUs } = sighting;
    if (direction === 'other') return [];
    const changed = changeBetween(way[i - 1], sighting);
    return [
      {
        place,
        link,
        direction,
        source: sourceOf(sighting),
        destination: destinationOf(sighting),
        offsetUs: Math.round(timestampUs - startUs),
        ...(changed === undefined ? {} : { changed }),
      },
    ];
  });
}

function changeBetween(before: Sighting | undefined, now: Sighting): Text | undefined {
  if (before === undefined) return undefined;
  const changes: Text[] = [];
  const note = (en: string, ko: string, from: string, to: string) => {
    if (from !== to) changes.push({ en: `${en} ${from} -> ${to}`, ko: `${ko} ${from} -> ${to}` });
  };
  note('source', '출발지', sourceOf(before), sourceOf(now));
  note('destination', '목적지', destinationOf(before), destinationOf(now));
  return changes.length === 0 ? undefined : joined(changes);
}

function sourceOf({ source, sourcePort }: Sighting): string {
  return `${source}:${sourcePort}`;
}

function destinationOf({ destination, destinationPort }: Sighting): string {
  return `${destination}:${destinationPort}`;
}
