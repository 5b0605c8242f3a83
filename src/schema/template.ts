/** A text with `$role.path` references, parsed once; `$$` stands for a dollar. */
export interface Template {
  /** As written. */
  readonly text: string;
  readonly parts: readonly TemplatePart[];
}

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** `$backends.0.address` has the path backends, 0, address. */
  | { readonly kind: 'reference'; readonly path: readonly string[]; readonly text: string; readonly offset: number };

export interface TemplateFault {
  readonly offset: number;
  readonly text: string;
  readonly message: string;
  readonly hint: string;
}

/** References end where a name ends: `$service.address:9000` is a reference and a text. A path's parts have no hyphen, a role's name may. */
const reference = /\$(?:\$|([a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:\.[A-Za-z0-9]+)*))?/g;

export function parseTemplate(text: string): { readonly template: Template; readonly faults: readonly TemplateFault[] } {
  const parts: TemplatePart[] = [];
  const faults: TemplateFault[] = [];
  let end = 0;
  let literal = '';
  for (const match of text.matchAll(reference)) {
    literal += text.slice(end, match.index);
    end = match.index + match[0].length;
    const path = match[1];
    if (match[0] === '$$') {
      literal += '$';
    } else if (path === undefined) {
      const shown = text.slice(match.index, match.index + 2);
      faults.push({
        offset: match.index,
        text: shown,
        message: `'${shown}' is no reference`,
        hint: "references look like $role.address; write '$$' for a dollar",
      });
    } else {
      if (literal !== '') parts.push({ kind: 'text', text: literal });
      literal = '';
      parts.push({ kind: 'reference', path: path.split('.'), text: match[0], offset: match.index });
    }
  }
  literal += text.slice(end);
  if (literal !== '' || parts.length === 0) parts.push({ kind: 'text', text: literal });
  return { template: { text, parts }, faults };
}

/** Fills references in. What comes back is one argument, whatever is filled in. */
export function expand(template: Template, resolve: (path: readonly string[]) => string): string {
  return template.parts.map((part) => (part.kind === 'text' ? part.text : resolve(part.path))).join('');
}

/** Options of a probe with their templates filled in, ready for the probe's schema. */
export function expandOptions(
  observe: {
    readonly options: Readonly<Record<string, unknown>>;
    readonly templates: Readonly<Record<string, Template | readonly Template[]>>;
  },
  resolve: (path: readonly string[]) => string,
): Record<string, unknown> {
  const filled = Object.entries(observe.templates).map(([name, given]) => [
    name,
    'parts' in given ? expand(given, resolve) : given.map((template) => expand(template, resolve)),
  ]);
  return { ...observe.options, ...Object.fromEntries(filled) };
}
