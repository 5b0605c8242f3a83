import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeBuiltToyCheckout } from './toy-checkout.js';

t.test('the build is renewed when a source changed, came or went, and only then', async (t) => {
  const checkout = await makeBuiltToyCheckout(t);
  await checkout.write('src/cli/other.ts', 'export const other = 22;\n');
  t.match((await checkout.start(['svclab'])).stderr, 'src/cli/other.ts has changed: building');
  t.match(await checkout.read('build/src/cli/other.js'), '22');
  await checkout.write('src/cli/more.ts', 'export const more = 1;\n');
  t.match((await checkout.start(['svclab'])).stderr, 'src/cli/more.ts has changed');
  t.ok(existsSync(join(checkout.path, 'build/src/cli/more.js')));
  await rm(join(checkout.path, 'src/cli/more.ts'));
  t.match((await checkout.start(['svclab'])).stderr, 'src/cli/more.ts is gone');
  t.notOk(existsSync(join(checkout.path, 'build/src/cli/more.js')), 'its output is gone too');
  await rm(join(checkout.path, 'build/src/cli/other.js'));
  const { exitCode, stderr } = await checkout.start(['svclab']);
  t.match(stderr, 'src/cli/other.ts has no output');
  t.equal(exitCode, 7, 'a lost output is written again, whatever tsc believes');
  t.equal((await checkout.start(['svclab'])).stderr, '');
});

t.test('sources that do not compile', async (t) => {
  const checkout = await makeBuiltToyCheckout(t);
  await checkout.write('src/cli/other.ts', 'export const other: string = 1;\n');
  const failed = await checkout.start(['svclab']);
  t.equal(failed.exitCode, 4);
  t.match(failed.stderr, /other\.ts\(1,14\): error TS2322/);
  const tests = await checkout.start(['test']);
  t.equal(tests.exitCode, 1);
  t.match(tests.stdout, /\n0 passed, 1 failed$/);
  await checkout.write('src/cli/other.ts', 'export const other = 3;\n');
  t.equal((await checkout.start(['svclab'])).exitCode, 7);
});
