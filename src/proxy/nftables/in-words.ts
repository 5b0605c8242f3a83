import type { NftSet, NftTable } from './model.js';

/** What transactions of kube-proxy leave in a table that they begin with: chains with their rules, sets and maps with their elements. */
export interface LoadedTable {
  /** `chain NAME`, `set NAME` or `map NAME` to its declaration, and its rules in order or its elements by name. */
  readonly objects: Readonly<Record<string, { readonly declared: string; readonly content: readonly string[] }>>;
}

/** @throws Error for a line that no kernel would take: what it speaks of is not there. */
export function loadedTable(texts: readonly string[]): LoadedTable {
  const objects = new Map<string, { declared: string; content: string[] }>();
  const at = (key: string): { declared: string; content: string[] } => {
    const found = objects.get(key);
    if (found === undefined) throw new Error(`there is no ${key}`);
    return found;
  };
  for (const line of texts.flatMap((text) => text.split('\n')).filter((text) => text !== '')) {
    const [, verb = '', kind = '', name = '', rest = ''] = /^(\w+) (\w+) ip kube-proxy ?(\S*) ?(.*)$/.exec(line) ?? [];
    const key = `${kind} ${name}`;
    if (kind === 'table') continue;
    if (kind === 'rule') at(`chain ${name}`).content.push(rest);
    else if (kind === 'element') element(at(objects.has(`set ${name}`) ? `set ${name}` : `map ${name}`).content, verb, rest);
    else if (verb === 'add') objects.set(key, { declared: rest, content: objects.get(key)?.content ?? [] });
    else if (verb === 'flush') at(key).content.length = 0;
    else if (verb === 'delete' && objects.has(key)) objects.delete(key);
    else throw new Error(`this is not a line of kube-proxy: ${line}`);
  }
  for (const [key, { content }] of objects) if (!key.startsWith('chain ')) content.sort();
  return { objects: Object.fromEntries([...objects].toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

function element(content: string[], verb: string, rest: string): void {
  const keyOf = (text: string): string => /^\{ (.*?)(?: comment "[^"]*")?(?: : [^"]*)? \}$/.exec(text)?.[1] ?? '';
  const found = content.findIndex((one) => keyOf(one) === keyOf(rest));
  if ((verb === 'delete') !== found >= 0) throw new Error(`${verb} element ${rest}: it is${found < 0 ? ' not' : ''} there`);
  if (verb === 'delete') content.splice(found, 1);
  else content.push(rest);
}

/** A table in words that what was written and what is listed share: each object's declaration, and its rules in order or its elements by name. */
export type TableInWords = Readonly<Record<string, readonly string[]>>;

/** What the transactions leave, in the words in which `nft list` shows it. */
export function writtenInWords(texts: readonly string[]): TableInWords {
  const entries = Object.entries(loadedTable(texts).objects).map(([key, { declared, content }]) => {
    const parts = declared
      .replace(/^\{ | \}$/g, '')
      .split(/ ?; ?/)
      .filter((part) => part !== '' && !part.startsWith('comment '))
      // The JSON of nft 1.0.6 leaves the flag out, its text does not.
      .map((part) => part.replace('flags dynamic,timeout', 'flags timeout').replace(/(\d)s$/, '$1'));
    return [key, [parts.join('; '), ...content.map(key.startsWith('chain ') ? ruleInWords : elementInWords)]] as const;
  });
  return Object.fromEntries(entries);
}

export function listedInWords(table: NftTable): TableInWords {
  const sets = (kind: string, all: readonly NftSet[]) =>
    all.map(({ name, type, flags, timeout, elements }) => {
      const verdicts = kind === 'map' ? ' : verdict' : '';
      const declared = [
        `type ${type}${verdicts}`,
        ...(flags.length > 0 ? [`flags ${flags.filter((flag) => flag !== 'dynamic').join(',')}`] : []),
      ];
      const said = elements.map(({ key, value, comment }) => [key, value, comment].filter((part) => part !== undefined).join(' | '));
      return [
        `${kind} ${name}`,
        [[...declared, ...(timeout === undefined ? [] : [`timeout ${timeout}`])].join('; '), ...said.sort()],
      ] as const;
    });
  const chains = table.chains.map(({ name, base, rules }) => {
    const declared = base === undefined ? '' : `type ${base.type} hook ${base.hook} priority ${base.priority}`;
    const said = rules.map(({ spec, comment }) => `${sorted(spec)}${comment === undefined ? '' : ` | ${comment}`}`);
    return [`chain ${name}`, [declared, ...said]] as const;
  });
  const entries = [...chains, ...sets('set', table.sets), ...sets('map', table.maps)];
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function elementInWords(element: string): string {
  const [, key, , comment, , value] = /^\{ (.*?)( comment "([^"]*)")?( : ([^"]*))? \}$/.exec(element) ?? [];
  return [key, value, comment].filter((part) => part !== undefined).join(' | ');
}

/** nft writes a mark's mask in full, a range of one without braces, and lists without a blank before the comma. */
function ruleInWords(rule: string): string {
  const [, spec = '', comment] = /^(.*?)(?: comment "([^"]*)")?$/.exec(rule) ?? [];
  const words = spec
    .replace(/^mark and (\S+) == 0 /, 'meta mark & $1 == 0x00000000 ')
    .replace(/^mark set mark or /, 'meta mark set meta mark | ')
    .replace(/^mark set mark xor /, 'meta mark set meta mark ^ ')
    .replace(/\{ ([^ ,{}]+) \}(?! *$)/, '$1')
    .replace(/ ?, ?/g, ', ')
    .replace(/.*/, sorted);
  return comment === undefined ? words : `${words} | ${comment}`;
}

/** The members of a set stand in any order. */
function sorted(spec: string): string {
  return spec.replace(/\{ ([^:{}]+) \}/g, (_, members: string) => `{ ${members.split(', ').sort().join(', ')} }`);
}
