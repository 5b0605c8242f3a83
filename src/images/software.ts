/** One thing that went into an image. */
export interface Software {
  readonly name: string;
  readonly version: string;
}

/** Reads `dpkg-query -W -f '${Package} ${Version}\n'`. */
export function debianSoftware(text: string): readonly Software[] {
  return lines(text).map((line) => {
    const [name = '', version = ''] = line.split(' ');
    return { name, version };
  });
}

/** Reads `dpkg-query --search FILE...`: `libc6:amd64: /lib/...`, or several packages before the path with commas between them. */
export function packagesOf(text: string): ReadonlySet<string> {
  const owners = lines(text).flatMap((line) => (line.startsWith('diversion ') ? [] : line.slice(0, line.lastIndexOf(': ')).split(', ')));
  return new Set(owners.map((owner) => owner.replace(/:.*$/, '')));
}

/** Reads `go version -m FILE`: the compiler, and each module with the one that took its place (`=>`). */
export function goSoftware(text: string): readonly Software[] {
  const [first = '', ...rest] = lines(text);
  const compiler = /: go(\S+)$/.exec(first)?.[1];
  const found: Software[] = compiler === undefined ? [] : [{ name: 'go', version: compiler }];
  for (const line of rest) {
    const [, mark = '', name = '', version = ''] = line.split('\t');
    if (mark === '=>') found[found.length - 1] = { name, version };
    else if (mark === 'dep') found.push({ name, version });
  }
  return found;
}

/** One line each, sorted, nothing twice: the file `/usr/share/svclab/software.txt` of every image. */
export function softwareText(list: readonly Software[]): string {
  return [...new Set(list.map(({ name, version }) => `${name} ${version}\n`))].sort().join('');
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
