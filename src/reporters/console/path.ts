import stringWidth from 'string-width';
import type { PathHop } from '../../core/check.js';
import { oneLine } from '../visible.js';
import { flow, padded, widthOf } from './flow.js';
import type { Look } from './look.js';
import type { Role } from './paint.js';
import { placeName } from './places.js';

interface Sighting {
  readonly place: string;
  readonly link: string;
  readonly way: string;
  readonly source: string;
  readonly sourceRole: Role | undefined;
  readonly destination: string;
  readonly destinationRole: Role | undefined;
  readonly time: string;
  readonly changed: string | undefined;
}

/** The way of one packet: a sighting a line, and between two of them what changed. Two lines a sighting where one would be too long. */
export function path(look: Look, hops: readonly PathHop[], indent: number): string[] {
  if (hops.length === 0) return [];
  const sightings = hops.map((hop, index) => sighting(look, hop, hops[index - 1]));
  const wide = inColumns(look, sightings, indent);
  return wide ?? stacked(look, sightings, indent);
}

function sighting(look: Look, hop: PathHop, before: PathHop | undefined): Sighting {
  const role = (now: string, then: string | undefined): Role | undefined => (then !== undefined && now !== then ? 'changed' : undefined);
  return {
    place: placeName(hop.place),
    link: oneLine(hop.link),
    way: look.words.direction[hop.direction],
    source: oneLine(hop.source),
    sourceRole: role(hop.source, before?.source),
    destination: oneLine(hop.destination),
    destinationRole: role(hop.destination, before?.destination),
    time: `+${Number(hop.offsetUs.toFixed(1))} ${look.signs.micro}`,
    changed: hop.changed === undefined ? undefined : look.say(hop.changed),
  };
}

function inColumns(look: Look, sightings: readonly Sighting[], indent: number): string[] | undefined {
  const { signs, paint, words } = look;
  const width = (key: 'place' | 'link' | 'way' | 'source' | 'destination' | 'time') =>
    widthOf([words[key], ...sightings.map((each) => each[key])]);
  const [place, link, way, source, destination, time] = [
    width('place'),
    width('link'),
    width('way'),
    width('source'),
    width('destination'),
    width('time'),
  ];
  const arrow = stringWidth(signs.arrow);
  if (indent + 2 + place + 2 + link + 2 + way + 2 + source + 1 + arrow + 1 + destination + 2 + time > look.columns) return undefined;

  const start = ' '.repeat(indent);
  const title = `${start}  ${padded(words.place, place)}  ${padded(words.link, link)}  ${padded(words.way, way)}  ${padded(words.source, source)} ${' '.repeat(arrow)} ${padded(words.destination, destination)}  ${padded(words.time, time, 'right')}`;
  return [
    paint('quiet', title),
    ...sightings.flatMap((each) => [
      ...changeLines(look, each, indent),
      `${start}${paint('bar', signs.hop)} ${padded(each.place, place)}  ${padded(each.link, link)}  ${padded(each.way, way)}  ` +
        `${endpoint(look, each.source, each.sourceRole, source)} ${signs.arrow} ` +
        `${endpoint(look, each.destination, each.destinationRole, destination)}  ${padded(each.time, time, 'right')}`,
    ]),
  ];
}

function stacked(look: Look, sightings: readonly Sighting[], indent: number): string[] {
  const { signs, paint } = look;
  const start = ' '.repeat(indent);
  const rail = (index: number) => (index < sightings.length - 1 ? paint('bar', signs.rail) : ' ');
  return sightings.flatMap((each, index) => [
    ...changeLines(look, each, indent),
    `${start}${paint('bar', signs.hop)} ${paint('title', each.place)} ${paint('quiet', `${each.link} ${each.way}  ${each.time}`)}`,
    `${start}${rail(index)}   ${endpoint(look, each.source, each.sourceRole, 0)} ${signs.arrow} ${endpoint(look, each.destination, each.destinationRole, 0)}`,
  ]);
}

function changeLines(look: Look, { changed }: Sighting, indent: number): string[] {
  if (changed === undefined) return [];
  return flow(look, [{ text: `${look.words.changed}: ${changed}`, role: 'changed' }], {
    lead: [{ text: ' '.repeat(indent) }, { text: look.signs.change, role: 'changed' }],
    hang: indent + 2,
  });
}

function endpoint(look: Look, address: string, role: Role | undefined, width: number): string {
  return look.paint(role, address) + ' '.repeat(Math.max(0, width - stringWidth(address)));
}
