import type { Sections } from './sections.js';

/** One thing that one side holds and the other does not. */
export interface Difference {
  /** `node/myk8s-worker`, or `requests`. */
  readonly place: string;
  /** The two sides that were held against each other. */
  readonly between: readonly [string, string];
  /** `routes`, `link eth0`, `nat KUBE-SERVICES`. */
  readonly section: string;
  /** The side that has it; where both have the same lines in another order, `order`. */
  readonly only: string;
  readonly line: string;
}

/** A difference that has to be, and why. Each pattern is as narrow as the reason. */
export interface AllowedDifference {
  readonly id: string;
  /** The side that has the line. */
  readonly only: string;
  readonly section: RegExp;
  readonly line: RegExp;
  /** Where the other side has the line without what this matches. */
  readonly without?: RegExp;
}

export interface Compared {
  readonly differences: readonly Difference[];
  /** How often each allowed difference was met, by its id. */
  readonly met: ReadonlyMap<string, number>;
}

/** What the sections of two sides differ in. @param sides their names, in the order of `left` and `right`. */
export function compareSections(
  place: string,
  sides: readonly [string, string],
  left: Sections,
  right: Sections,
  allowed: readonly AllowedDifference[] = [],
): Compared {
  const met = new Map<string, number>();
  const differences = [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((section) => {
    const found = compareLines(section, sides, left.get(section) ?? [], right.get(section) ?? [], allowed, (id) =>
      met.set(id, (met.get(id) ?? 0) + 1),
    );
    return found.map((difference) => ({ place, between: sides, section, ...difference }));
  });
  return { differences, met };
}

export function mergeCompared(parts: readonly Compared[]): Compared {
  const met = new Map<string, number>();
  for (const part of parts) for (const [id, count] of part.met) met.set(id, (met.get(id) ?? 0) + count);
  return { differences: parts.flatMap(({ differences }) => differences), met };
}

type Found = Pick<Difference, 'only' | 'line'>;

function compareLines(
  section: string,
  [a, b]: readonly [string, string],
  left: readonly string[],
  right: readonly string[],
  allowed: readonly AllowedDifference[],
  meet: (id: string) => void,
): readonly Found[] {
  const here = allowed.filter((one) => one.section.test(section));
  const of = (side: string): readonly AllowedDifference[] => here.filter(({ only }) => only === side);
  const [ours, theirs] = [excused(left, right, of(a), meet), excused(right, left, of(b), meet)];
  const rest = [
    ...surplus(ours, theirs).map((line): Found => ({ only: a, line })),
    ...surplus(theirs, ours).map((line): Found => ({ only: b, line })),
  ];
  if (rest.length > 0) return rest;
  const at = ours.findIndex((line, i) => line !== theirs[i]);
  return at === -1 ? [] : [{ only: 'order', line: `${a}: ${ours[at]}; ${b}: ${theirs[at]}` }];
}

/** The lines without those that may be there alone; one that may say more than the other side's becomes what the other side has. */
function excused(
  lines: readonly string[],
  others: readonly string[],
  allowed: readonly AllowedDifference[],
  meet: (id: string) => void,
): readonly string[] {
  if (allowed.length === 0) return lines;
  const counterparts = new Bag(others);
  return lines.flatMap((line) => {
    if (counterparts.take(line)) return [line];
    const rule = allowed.find((one) => one.line.test(line));
    if (rule === undefined) return [line];
    if (rule.without === undefined) {
      meet(rule.id);
      return [];
    }
    const short = line.replace(rule.without, '');
    if (!counterparts.take(short)) return [line];
    meet(rule.id);
    return [short];
  });
}

/** The lines that the others do not have, as often as they do not. */
function surplus(lines: readonly string[], others: readonly string[]): readonly string[] {
  const counterparts = new Bag(others);
  return lines.filter((line) => !counterparts.take(line));
}

class Bag {
  readonly #counts = new Map<string, number>();

  constructor(lines: readonly string[]) {
    for (const line of lines) this.#counts.set(line, (this.#counts.get(line) ?? 0) + 1);
  }

  take(line: string): boolean {
    const count = this.#counts.get(line) ?? 0;
    if (count > 0) this.#counts.set(line, count - 1);
    return count > 0;
  }
}
