import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact, Part, Program, Recipe } from './recipe.js';

export interface Source {
  /** The package's root, which holds `images/` and `build/`. */
  readonly root: string;
  /** The version of Node, which goes into the workloads. */
  readonly node: string;
  /** The kind of machine that things are made on and for, as Node names it: `x64`, `arm64`. */
  readonly machine: string;
  readonly artifacts: Readonly<Record<string, Artifact>>;
  readonly recipes: readonly Recipe[];
  readonly programs: readonly Program[];
}

/** SHA-256 (hex) of all that an artifact is made from: its definition and the files it names, not the tools that make it. */
export function artifactDigest(source: Source, name: string): string {
  const artifact = source.artifacts[name];
  if (artifact === undefined) throw new Error(`there is no artifact '${name}'`);
  const from =
    artifact.kind === 'go'
      ? treeDigest(join(source.root, 'images', artifact.module), (file) => !file.endsWith('_test.go'))
      : 'from' in artifact
        ? artifactDigest(source, artifact.from)
        : artifact.kind === 'node'
          ? source.node
          : '';
  return digest([artifact, from]);
}

/** SHA-256 (hex) of a recipe with all that goes into it. It is the image's label, and says whether an image is up to date. */
export function recipeDigest(source: Source, recipe: Recipe): string {
  const { parts, standsFor: _, ...rest } = recipe;
  return digest([
    rest,
    treeDigest(join(source.root, 'images', recipe.folder), isBuildInput),
    parts.map((part) => [part, partDigest(source, part)]),
  ]);
}

function partDigest(source: Source, part: Part): unknown {
  if ('artifact' in part) return artifactDigest(source, part.artifact);
  if ('files' in part) return part.files.map((file) => treeDigest(join(source.root, file), isProgram));
  return part.images.map((name) => recipeDigest(source, recipeNamed(source, name)));
}

export function recipeNamed(source: Source, name: string): Recipe {
  const found = source.recipes.find((recipe) => recipe.name === name);
  if (found === undefined) throw new Error(`there is no image '${name}'`);
  return found;
}

/** The files of a folder, or the file itself, each with its mode and content; relative paths, sorted. */
export function treeDigest(path: string, wanted: (name: string) => boolean = () => true): string {
  const entries = filesBelow(path, wanted).map((file) => {
    const full = file === '' ? path : join(path, file);
    return [file, statSync(full).mode & 0o111, createHash('sha256').update(readFileSync(full)).digest('hex')];
  });
  return digest(entries);
}

/** Paths relative to the folder; only the empty path when it is a file. */
export function filesBelow(path: string, wanted: (name: string) => boolean = () => true): readonly string[] {
  if (!statSync(path).isDirectory()) return [''];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .filter(wanted)
    .sort();
}

/** Compiled code without tests and maps. */
export function isProgram(file: string): boolean {
  return file.endsWith('.js') && !/\.test\.js$|(^|\/)testing\//.test(file);
}

/** What a Go module needs for its build is in its artifact, not in the image's folder. */
export function isBuildInput(file: string): boolean {
  return !/\.go$|(^|\/)go\.(mod|sum)$/.test(file);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
