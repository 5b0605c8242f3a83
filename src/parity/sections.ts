/** Sections (`routes`, `link eth0`, `nat KUBE-SERVICES`) of lines. */
export type Sections = ReadonlyMap<string, readonly string[]>;

/**
 * What stands for the same in another cluster shares a section: two pods of one Deployment on one node have drawn names, and so one role. Which of them
 * comes first means nothing.
 */
export function sectionsOf(blocks: readonly (readonly [name: string, lines: readonly string[]])[]): Sections {
  const byName = new Map<string, (readonly string[])[]>();
  for (const [name, lines] of blocks) byName.set(name, [...(byName.get(name) ?? []), lines]);
  const text = (lines: readonly string[]): string => lines.join('\n');
  return new Map([...byName].map(([name, parts]) => [name, parts.toSorted((a, b) => (text(a) < text(b) ? -1 : 1)).flat()]));
}
