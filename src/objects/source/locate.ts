import { isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { keyText } from './plain-value.js';

export type Path = readonly (string | number)[];

/** Whether a problem lies in a value, or in the key that leads to it. */
export type At = 'key' | 'value';

/** A part of a text value: the characters from `offset` on. */
export interface Part {
  readonly text: string;
  readonly offset: number;
}

/** Start and end offset of what a path leads to: for a mapping or a list, of the key that leads there. */
export function locate(text: string, contents: Node, path: Path, at: At, part?: Part): readonly [number, number] {
  let node: Node | null = contents;
  let anchor: Node = contents;
  let found = true;
  for (const segment of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(({ key }) => isScalar(key) && keyText(key) === String(segment));
      if (pair === undefined || !isNode(pair.key)) {
        found = false;
        break;
      }
      anchor = pair.key;
      node = isNode(pair.value) ? pair.value : null;
    } else if (isSeq(node)) {
      const item: unknown = typeof segment === 'number' ? node.items[segment] : undefined;
      if (!isNode(item)) {
        found = false;
        break;
      }
      anchor = item;
      node = item;
    } else {
      found = false;
      break;
    }
  }
  if (found && at === 'value' && isScalar(node) && node.range && node.range[1] > node.range[0]) {
    const [start, end] = node.range;
    return part === undefined ? [start, end] : narrow(text, start, end, node.value, part);
  }
  return extent(anchor);
}

function extent(node: Node): readonly [number, number] {
  if (isMap(node)) {
    const first = node.items[0]?.key;
    if (isNode(first)) return extent(first);
  }
  if (isSeq(node) && isNode(node.items[0])) return extent(node.items[0]);
  const [start, end] = node.range ?? [0, 1];
  return [start, Math.max(end, start + 1)];
}

/** Finds a part again in the text as written, where quotes and escapes may stand before it. */
function narrow(text: string, start: number, end: number, value: unknown, part: Part): readonly [number, number] {
  if (typeof value !== 'string' || part.text === '') return [start, end];
  const earlier = value.slice(0, part.offset).split(part.text).length - 1;
  let at = start - 1;
  for (let i = 0; i <= earlier; i++) {
    at = text.indexOf(part.text, at + 1);
    if (at < 0 || at + part.text.length > end) return [start, end];
  }
  return [at, at + part.text.length];
}
