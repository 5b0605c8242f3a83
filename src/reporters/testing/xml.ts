import { SaxesParser } from 'saxes';

/** An element of a parsed document, with what is in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** For tests alone: the root of a document. @throws Error where it is not well-formed XML 1.0. */
export function parsedXml(document: string): XmlElement {
  const parser = new SaxesParser({ xmlns: false });
  const top: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const innermost = (): XmlElement => open.at(-1) ?? top;
  parser.on('error', (error) => {
    throw new Error(`${error.message}\n${document}`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: XmlElement = { name, attributes: { ...attributes }, children: [], text: '' };
    innermost().children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (text) => {
    innermost().text += text;
  });
  parser.write(document).close();
  const [root] = top.children;
  if (root === undefined) throw new Error(`no element\n${document}`);
  return root;
}
