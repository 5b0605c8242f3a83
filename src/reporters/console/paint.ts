/** What a piece of text is for; the colours are chosen here and nowhere else. */
export type Role = 'title' | 'step' | 'quiet' | 'command' | 'pass' | 'fail' | 'inconclusive' | 'skip' | 'changed' | 'bar' | 'mark';

/** SGR parameters (ECMA-48 8.3.117). */
const codes: Readonly<Record<Role, string>> = {
  title: '1',
  step: '1;36',
  quiet: '2',
  command: '1',
  pass: '32',
  fail: '1;31',
  inconclusive: '1;33',
  skip: '34',
  changed: '1;33',
  bar: '36',
  mark: '1',
};

export type Paint = (role: Role | undefined, text: string) => string;

export function painter(color: boolean): Paint {
  if (!color) return (_, text) => text;
  return (role, text) => (role === undefined || text === '' ? text : `\u001b[${codes[role]}m${text}\u001b[0m`);
}
