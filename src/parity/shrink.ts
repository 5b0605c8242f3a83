/**
 * Fewer items that still fail: as long as one half of them fails by itself, that half.
 * @param fails is asked about lists of at least one item, and never about the whole list.
 */
export async function shrink<T>(items: readonly T[], fails: (items: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let left = items;
  while (left.length > 1) {
    const middle = Math.ceil(left.length / 2);
    const halves = [left.slice(0, middle), left.slice(middle)];
    let smaller: readonly T[] | undefined;
    for (const half of halves) {
      if (smaller === undefined && (await fails(half))) smaller = half;
    }
    if (smaller === undefined) return left;
    left = smaller;
  }
  return left;
}
