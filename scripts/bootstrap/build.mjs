import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inWords, Stop, say } from './say.mjs';

const folders = ['src', 'labs', 'scripts', 'bench'];
const settings = ['tsconfig.json', 'package.json', 'package-lock.json'];

/**
 * Why the program must be built, or undefined. The stamp of the last build that succeeded lists every source with its size and time: a file
 * changed, added or removed shows, in whichever direction its time moved.
 */
export function whyBuild(root) {
  const now = listSources(root);
  const then = read(stampFile(root));
  if (then === undefined) return 'the program is not built, or not to the end';
  if (then === now.join('\n')) {
    const missing = now.map(nameOf).find((name) => name.endsWith('.ts') && !existsSync(join(root, 'build', outputOf(name))));
    return missing === undefined ? undefined : `${missing} has no output`;
  }
  const before = new Set(then.split('\n'));
  const changed = now.find((line) => !before.has(line));
  if (changed !== undefined) return `${nameOf(changed)} has changed`;
  const present = new Set(now);
  return `${nameOf([...before].find((line) => !present.has(line)) ?? '')} is gone`;
}

/** Runs tsc; returns undefined, or what it had to say against the sources. The stamp is taken before and written after. */
export async function build(root, why, started) {
  say(`${why}: building with tsc`);
  const since = performance.now();
  const sources = listSources(root);
  try {
    if (!existsSync(stampFile(root))) forgetIncremental(root);
    rmSync(stampFile(root), { force: true });
    prune(root, sources.map(nameOf));
  } catch (error) {
    throw new Stop(4, inWords(error, 'the build'));
  }
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { runChild } = await import('./child.mjs');
  const { code, output } = await runChild([process.execPath, tsc, '--pretty', 'false'], { cwd: root, started });
  if (code !== 0) return output;
  try {
    writeFileSync(stampFile(root), sources.join('\n'));
  } catch (error) {
    throw new Stop(4, inWords(error, 'the build'));
  }
  // The test command imports into this process, and reports this time as that of its part.
  const { duration } = performance.measure('svclab build', { start: since });
  say(`built in ${(duration / 1000).toFixed(1)} s`);
  return undefined;
}

const stampFile = (root) => join(root, 'build', '.svclab-stamp');
const nameOf = (line) => line.split('\t')[0];
const outputOf = (name) => name.replace(/\.ts$/, '.js');

/** `name<TAB>size<TAB>milliseconds`, sorted. */
function listSources(root) {
  const names = folders.flatMap((folder) => walk(root, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  return [...settings, ...names.sort()].map((name) => {
    const stat = statSync(join(root, name), { throwIfNoEntry: false });
    return `${name}\t${stat?.size}\t${stat?.mtimeMs}`;
  });
}

function walk(root, folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(root, name);
    return [name];
  });
}

/** Removes what a source that is gone has left (a test would still run), and makes tsc write again what someone else removed. */
function prune(root, names) {
  const sources = new Set(names);
  for (const output of folders.flatMap((folder) => walk(join(root, 'build'), folder))) {
    const source = output.replace(/\.(js|js\.map|d\.ts|d\.ts\.map)$/, '.ts');
    if (source !== output && !sources.has(source)) rmSync(join(root, 'build', output), { force: true });
  }
  const whole = names.every((name) => !name.endsWith('.ts') || existsSync(join(root, 'build', outputOf(name))));
  if (!whole) forgetIncremental(root);
}

/** tsc writes only what it believes changed: after an interrupted or foreign build, it must not believe anything. */
function forgetIncremental(root) {
  rmSync(join(root, 'build', '.tsbuildinfo'), { force: true });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
