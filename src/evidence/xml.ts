import { UnreadableError } from './unreadable.js';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Empty where there are children. */
  readonly text: string;
  /** `line 3, column 41`, counted from 1. */
  readonly where: () => string;
}

/**
 * Reads the XML that libnetfilter_conntrack prints: elements, attributes in double quotes, text without entities (it escapes nothing).
 * No comments, no CDATA, no processing instructions but the declaration at the beginning.
 * @throws UnreadableError with line and column for everything else, and for a text that ends early.
 */
export function parseXml(text: string): XmlElement {
  const fail = (offset: number, message: string): never => {
    throw new UnreadableError(whereIs(text, offset), message);
  };
  const tags = new Map<string, Tag | undefined>();
  const open: MutableElement[] = [];
  let root: XmlElement | undefined;

  for (let offset = afterDeclaration(text); offset < text.length; ) {
    const parent = open.at(-1);
    const start = text.indexOf('<', offset);
    const between = text.slice(offset, start === -1 ? text.length : start);
    // Line breaks between elements are layout; inside an element without children, everything is its text.
    if (between.trim() !== '') {
      if (parent === undefined)
        return fail(offset, root === undefined ? 'a tag is expected here' : 'something follows the end of the table');
      if (parent.children.length > 0) return fail(offset, `a text between the elements of <${parent.name}>`);
      parent.text = between;
    }
    const end = start === -1 ? -1 : text.indexOf('>', start);
    if (end === -1) {
      if (root !== undefined && start === -1) break;
      return fail(text.length, `the text is cut short: it ends inside <${parent?.name ?? 'nothing'}>`);
    }
    if (root !== undefined) return fail(start, 'something follows the end of the table');
    const written = text.slice(start, end + 1);
    const tag = tags.has(written) ? tags.get(written) : readTag(written);
    tags.set(written, tag);
    if (tag === undefined) return fail(start, `${written} is not a tag`);
    offset = end + 1;
    if (tag.kind === 'end') {
      if (parent?.name !== tag.name) return fail(start, `${written} closes <${parent?.name ?? 'nothing'}>`);
      open.pop();
      if (open.length === 0) root = parent;
      continue;
    }
    if (parent !== undefined && parent.text !== '') return fail(start, `${written} in the middle of a text`);
    const { name, attributes } = tag;
    const element: MutableElement = { name, attributes, children: [], text: '', where: () => whereIs(text, start) };
    if (tag.kind === 'start') open.push(element);
    else if (parent === undefined) return fail(start, `${written} is not a table`);
    parent?.children.push(element);
  }
  return root ?? fail(text.length, 'the text is cut short: it ends before the table');
}

interface MutableElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

interface Tag {
  readonly kind: 'start' | 'end' | 'empty';
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A table has a thousand lines and twenty different tags: each is taken apart once. */
function readTag(written: string): Tag | undefined {
  const match = /^<(\/?)([a-z][a-z0-9-]*)((?: [a-z]+="[^"<>]*")*)(\/?)>$/.exec(written);
  if (match === null) return undefined;
  const [, closing, name = '', attributes = '', empty] = match;
  if (closing === '/') return attributes === '' && empty === '' ? { kind: 'end', name, attributes: new Map() } : undefined;
  const pairs = Array.from(attributes.matchAll(/([a-z]+)="([^"]*)"/g), ([, key = '', value = '']) => [key, value] as const);
  return { kind: empty === '/' ? 'empty' : 'start', name, attributes: new Map(pairs) };
}

function afterDeclaration(text: string): number {
  return /^<\?xml [^?]*\?>/.exec(text)?.[0].length ?? 0;
}

function whereIs(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}
