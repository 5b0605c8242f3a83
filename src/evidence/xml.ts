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
  const whereIs = (offset: number) => {
    const before = text.slice(0, offset).split('\n');
    return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
  };
  const fail = (offset: number, message: string): never => {
    throw new UnreadableError(whereIs(offset), message);
  };
  const open: MutableElement[] = [];
  let root: XmlElement | undefined;
  let offset = skip(declaration, text, 0);

  for (offset = skip(space, text, offset); offset < text.length; ) {
    const parent = open.at(-1);
    if (parent === undefined && root !== undefined) return fail(offset, 'something follows the end of the table');
    tag.lastIndex = offset;
    const match = tag.exec(text);
    if (match === null) {
      const end = text.indexOf('<', offset);
      if (!text.includes('>', offset)) break;
      if (parent === undefined || parent.children.length > 0 || end <= offset) return fail(offset, 'a tag is expected here');
      parent.text = text.slice(offset, end);
      offset = end;
      continue;
    }
    const [whole, closing, name = '', attributes = '', empty] = match;
    const start = offset;
    offset = tag.lastIndex;
    if (closing === '/') {
      if (parent?.name !== name) return fail(start, `</${name}> closes <${parent?.name ?? 'nothing'}>`);
      open.pop();
      if (open.length === 0) root = parent;
    } else {
      if (parent !== undefined && parent.text !== '') return fail(start, `<${name}> in the middle of a text`);
      const element: MutableElement = { name, attributes: readAttributes(attributes), children: [], text: '', where: () => whereIs(start) };
      parent?.children.push(element);
      if (empty !== '/') open.push(element);
      else if (parent === undefined) return fail(start, `${whole} is not a table`);
    }
    // Only between tags: a text keeps its spaces.
    if (closing === '/' || empty === '/') offset = skip(space, text, offset);
    else if (text.startsWith('\n', offset)) offset = skip(space, text, offset);
  }
  if (root === undefined) return fail(text.length, `the text is cut short: it ends inside <${open.at(-1)?.name ?? 'nothing'}>`);
  return root;
}

interface MutableElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const declaration = /<\?xml [^?]*\?>/y;
const space = /\s*/y;
const tag = /<(\/?)([a-z][a-z0-9-]*)((?: [a-z]+="[^"<>]*")*)(\/?)>/y;
const attribute = /([a-z]+)="([^"]*)"/g;

function skip(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  return new Map(Array.from(text.matchAll(attribute), ([, name = '', value = '']) => [name, value]));
}
