import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import t, { type Test } from 'tap';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A checkout that holds the project's own rules and the given sources, each with what it imports. */
async function checkoutWith(t: Test, sources: Readonly<Record<string, string>>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'svclab-rules-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  for (const file of ['.dependency-cruiser.cjs', 'biome.json', 'package.json', 'tsconfig.json', 'scripts/lint']) {
    await cp(join(root, file), join(path, file), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
  for (const [file, text] of Object.entries(sources)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  }
  return path;
}

/** The violations as `rule: from -> to`, sorted; orphans left out, for most of a small checkout is one. */
async function layerFaults(path: string): Promise<string[]> {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { stdout } = await execa(process.execPath, [join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), ...args], {
    cwd: path,
    reject: false,
  });
  const { summary }: { summary: { violations: { rule: { name: string }; from: string; to: string }[] } } = JSON.parse(stdout);
  return summary.violations
    .filter(({ rule }) => rule.name !== 'no-orphan')
    .map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to.replace(/.*node_modules\/([^/]+)\/.*/, '$1')}`)
    .sort();
}

const use = (...files: readonly string[]) =>
  files.map((file, n) => `import { a as a${n} } from '${file}';\nexport const b${n} = a${n};\n`).join('');
const leaf = 'export const a = 1;\n';

t.test('imports that the layers allow', async (t) => {
  const path = await checkoutWith(t, {
    'src/core/a.ts': leaf,
    'src/objects/a.ts': `${use('../core/a.js')}${leaf}`,
    'src/exec/a.ts': `import { spawn } from 'node:child_process';\nimport { execa } from 'execa';\n${use('../objects/a.js')}export const a = [spawn, execa];\n`,
    'src/scene/a.ts': `${use('../exec/a.js')}${leaf}`,
    'src/checks/a.ts': `${use('../scene/a.js', '../core/a.js')}${leaf}`,
    'src/probes/a.ts': leaf,
    'src/probes/testing/a.ts': `import { spawn } from 'node:child_process';\nexport const a = spawn;\n`,
    'src/probes/a.test.ts': use('./testing/a.js'),
    'src/probes/a.e2e.test.ts': use('../checks/a.js', './a.js'),
    'src/clusters/netns/agent/main.ts': `import { spawn } from 'node:child_process';\nimport koffi from 'koffi';\nexport const a = [spawn, koffi];\n`,
    'src/cli/main.ts': `import process from 'node:process';\n${use('../checks/a.js', '../probes/a.js')}process.exitCode = 1;\n`,
  });
  t.strictSame(await layerFaults(path), []);
});

t.test('imports that they forbid', async (t) => {
  const path = await checkoutWith(t, {
    'build/src/core/a.js': leaf,
    'scripts/a.ts': leaf,
    'src/index.ts': `export { a } from './core/a.js';\n`,
    'src/core/a.ts': leaf,
    'src/core/up.ts': `import type { a } from '../objects/a.js';\nexport type A = typeof a;\n`,
    'src/objects/a.ts': leaf,
    'src/exec/a.ts': leaf,
    'src/proxy/sideways.ts': use('../exec/a.js'),
    'src/scene/up.ts': use('../runner/a.js'),
    'src/runner/a.ts': leaf,
    'src/checks/sideways.ts': use('../runner/a.js'),
    'src/checks/sideways.test.ts': use('../runner/a.js'),
    'src/checks/spawns.ts': `import { spawn } from 'node:child_process';\nimport { execa } from 'execa';\nexport const a = [spawn, execa];\n`,
    'src/checks/process.ts': `import { argv } from 'node:process';\nexport const a = argv;\n`,
    'src/checks/koffi.ts': `import koffi from 'koffi';\nexport const a = koffi;\n`,
    'src/exec/zx.ts': `import { $ } from 'zx';\nexport const a = $;\n`,
    'src/checks/barrel.ts': use('../index.js'),
    'src/checks/script.ts': use('../../scripts/a.js'),
    'src/checks/missing.ts': use('./nowhere.js'),
    'src/checks/one.ts': `import { b } from './two.js';\nexport const a = () => b;\n`,
    'src/checks/two.ts': `import { a } from './one.js';\nexport const b = () => a;\n`,
    'src/helpers/a.ts': use('../core/a.js'),
    'src/probes/tests.ts': use('./a.test.js', './testing/a.js'),
    'src/probes/testing/a.ts': leaf,
    'src/probes/a.test.ts': leaf,
  });
  t.strictSame(await layerFaults(path), [
    'koffi-only-in-agent: src/checks/koffi.ts -> koffi',
    'layer-checks: src/checks/sideways.test.ts -> src/runner/a.ts',
    'layer-checks: src/checks/sideways.ts -> src/runner/a.ts',
    'layer-core: src/core/up.ts -> src/objects/a.ts',
    'layer-proxy: src/proxy/sideways.ts -> src/exec/a.ts',
    'layer-scene: src/scene/up.ts -> src/runner/a.ts',
    'no-barrel-inside: src/checks/barrel.ts -> src/index.ts',
    'no-cycle: src/checks/one.ts -> src/checks/two.ts',
    'no-dev-dependency-in-src: src/exec/zx.ts -> zx',
    'no-test-imported: src/probes/tests.ts -> src/probes/a.test.ts',
    'no-test-imported: src/probes/tests.ts -> src/probes/testing/a.ts',
    'no-unknown-box: src/helpers/a.ts -> src/core/a.ts',
    'no-unresolved: src/checks/missing.ts -> ./nowhere.js',
    'process-only-in-cli: src/checks/process.ts -> process',
    'processes-only-in-exec: src/checks/spawns.ts -> child_process',
    'processes-only-in-exec: src/checks/spawns.ts -> execa',
    'src-stands-alone: src/checks/script.ts -> scripts/a.ts',
    'zx-only-in-scripts: src/exec/zx.ts -> zx',
  ]);
});

t.test('the process is the cli’s', async (t) => {
  const source = 'export const a = process.env;\nexport function end(): never {\n  process.exit(1);\n}\nexport const pid = process.pid;\n';
  const path = await checkoutWith(t, {
    'src/cli/a.ts': source,
    'src/clusters/netns/agent/a.ts': source,
    'src/checks/a.ts': source,
    'src/checks/a.test.ts': source,
  });
  const { stdout } = await execa(join(root, 'node_modules/.bin/biome'), ['lint', '--reporter=json', 'src'], { cwd: path, reject: false });
  const { diagnostics }: { diagnostics: { message: unknown; location: { path: unknown } }[] } = JSON.parse(stdout);
  const found = diagnostics.map(({ location, message }) => `${JSON.stringify(location.path)}: ${JSON.stringify(message)}`);
  t.equal(found.length, 2);
  for (const fault of found) t.match(fault, /src\/checks\/a\.ts.*Only src\/cli touches the process/);
});
