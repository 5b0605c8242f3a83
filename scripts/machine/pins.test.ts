import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const pins = read('scripts/machine/pins.txt')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [name = '', version = '', machine = '', kind = '', value = '', url = '', ...more] = line.split(/\s+/);
    return { name, version, machine, kind, value, url, more };
  });

t.test('every pin is whole', async (t) => {
  t.ok(pins.length >= 8);
  for (const { name, machine, kind, value, url, more } of pins) {
    t.match(machine, /^(amd64|arm64|any)$/, name);
    t.match(value, kind === 'openpgp' ? /^[0-9A-F]{40}$/ : /^([0-9a-f]{64}|-)$/, name);
    t.match(url, /^https:\/\/[^/]+\/./, name);
    t.strictSame(more, [], name);
  }
  const keys = pins.map(({ name, machine }) => `${name} ${machine}`);
  t.equal(new Set(keys).size, keys.length, 'each thing stands there once for each kind of machine');
});

t.test('svclab doctor names the same versions and digests of kind and kubectl', async (t) => {
  const doctor = read('src/clusters/kind/preflight/tools.ts');
  for (const name of ['kind', 'kubectl']) {
    const pin = pins.find((candidate) => candidate.name === name && candidate.machine === 'amd64');
    t.ok(pin !== undefined && doctor.includes(`'${pin.value}'`), name);
  }
  t.ok(doctor.includes(`'${pins.find(({ name }) => name === 'kind')?.version}'`));
});

t.test('what is pinned stands in the document, and what is not is named there', async (t) => {
  const document = read('docs/machine.md');
  for (const { name, version, value, kind } of pins) {
    if (value === '-') t.match(document, name);
    else t.match(document, kind === 'openpgp' ? value : `${name} ${version}`);
  }
});
