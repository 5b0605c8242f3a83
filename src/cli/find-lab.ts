import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { packageRoot } from './package-root.js';

const labsFolder = join(packageRoot, 'labs');

/** The ids of the labs that come with svclab, in the order of the course. */
export function knownLabs(): readonly string[] {
  return courseSchema.parse(parse(readFileSync(join(labsFolder, 'course.yaml'), 'utf8')));
}

const courseSchema = z.array(z.string().min(1));

/**
 * The lab file for what the user named: a lab's id, a folder that holds a lab.yaml, or a file.
 * The path is relative to the current folder where that is shorter, since it is shown in messages.
 */
export function findLab(name: string, cwd: string): string {
  if (knownLabs().includes(name)) return shorter(join(labsFolder, name, 'lab.yaml'), cwd);
  if (existsSync(name) && statSync(name).isDirectory() && existsSync(join(name, 'lab.yaml'))) return join(name, 'lab.yaml');
  if (existsSync(name) || name.endsWith('.yaml') || name.endsWith('.yml')) return name;
  throw new UsageError(`there is no lab '${name}'`, { hint: `labs: ${knownLabs().join(', ')}; or give the path of a lab file` });
}

function shorter(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}
