import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Test } from 'tap';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A small checkout with the real bootstrap and the real tsc, and with an npm and an operating system tool of its own. */
export interface ToyCheckout {
  readonly path: string;
  /** Starts the bootstrap; `prefix` are the words before `node`. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>, prefix?: readonly string[]): ToyRun;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** How often `npm ci` was begun so far. */
  installs(): Promise<number>;
}

type ToyRun = ReturnType<typeof startBootstrap>;

const lock = {
  lockfileVersion: 3,
  packages: {
    '': { name: 'toy' },
    'node_modules/typescript': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/elsewhere': { version: '1.0.0', integrity: 'sha512-b', optional: true, os: ['plan9'] },
  },
};

const program = `process.stdout.write(JSON.stringify(process.argv.slice(2)) + '\\n');\nprocess.exitCode = 7;\n`;

/** FAKE_NPM: `fail:WORDS` says so and fails; `slow` takes its time in the middle, as an interrupted one does. */
const npm = `#!${process.execPath}
import fs from 'node:fs';
fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
const how = process.env.FAKE_NPM ?? '';
if (how.startsWith('fail:')) { console.error('npm error ' + how.slice(5)); process.exit(1); }
fs.rmSync('node_modules', { recursive: true, force: true });
fs.mkdirSync('node_modules');
fs.symlinkSync(${JSON.stringify(join(root, 'node_modules/typescript'))}, 'node_modules/typescript');
setTimeout(() => {
  const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
  delete packages[''];
  delete packages['node_modules/elsewhere'];
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
}, how === 'slow' ? 1500 : 0);
`;

/** Removed at the end of `t`. */
export async function makeToyCheckout(t: Test): Promise<ToyCheckout> {
  const path = await mkdtemp(join(tmpdir(), 'svclab-toy-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  };
  for (const part of ['scripts/bootstrap.mjs', 'scripts/bootstrap', 'scripts/machine', 'init_cfg.sh'])
    await cp(join(root, part), join(path, part), { recursive: true, filter: (file) => !file.endsWith('.ts') });
  await write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.18' } }));
  await write('package-lock.json', JSON.stringify(lock));
  await write('tsconfig.json', JSON.stringify({ compilerOptions: tsOptions, include: ['src', 'scripts/**/*.ts'] }));
  await write('src/cli/main.ts', `import './other.js';\ndeclare const process: any;\n${program}`);
  await write('src/cli/other.ts', 'export const other = 1;\n');
  await write('scripts/tools.txt', '# The toy has one\ntoytool | svclab-toy-tool | plays\n');
  await write('bin/npm', npm);
  await write('bin/svclab-toy-tool', '#!/bin/sh\n');
  await chmod(join(path, 'bin/npm'), 0o755);
  await chmod(join(path, 'bin/svclab-toy-tool'), 0o755);
  return {
    path,
    write,
    read: (file) => readFile(join(path, file), 'utf8'),
    start: (args, env = {}, prefix = []) => startBootstrap(path, args, env, prefix),
    installs: async () => (await readFile(join(path, 'npm.log'), 'utf8').catch(() => '')).split('\n').length - 1,
  };
}

/** The same, installed and built: the program ends with 7. */
export async function makeBuiltToyCheckout(t: Test): Promise<ToyCheckout> {
  const checkout = await makeToyCheckout(t);
  const { exitCode, stderr } = await checkout.start(['svclab']);
  t.equal(exitCode, 7, stderr);
  return checkout;
}

function startBootstrap(path: string, args: readonly string[], env: Readonly<Record<string, string>>, prefix: readonly string[]) {
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, join(path, 'scripts/bootstrap.mjs'), ...args];
  const whole = { PATH: `${join(path, 'bin')}:/usr/bin:/bin`, HOME: path, ...env };
  return execa(command, rest, { reject: false, stdin: 'ignore', extendEnv: false, env: whole, cwd: path });
}

const tsOptions = {
  target: 'es2023',
  module: 'nodenext',
  lib: ['es5'],
  skipLibCheck: true,
  types: [],
  strict: true,
  rootDir: '.',
  outDir: 'build',
  incremental: true,
  tsBuildInfoFile: 'build/.tsbuildinfo',
};
