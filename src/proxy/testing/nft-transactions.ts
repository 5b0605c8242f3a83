/** What transactions of kube-proxy leave in a table that they begin with: chains with their rules, sets and maps with their elements. For tests alone. */
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
