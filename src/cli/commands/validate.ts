import { type ExitCode, exitCodes, InputError, type Problem } from '../../core/errors.js';
import { loadManifests } from '../../objects/manifests.js';
import { loadKindConfig } from '../../schema/kind-config.js';
import { loadLab } from '../../schema/load-lab.js';
import type { CommandContext } from '../context.js';
import { findLab, knownLabs } from '../find-lab.js';
import { labRegistries } from '../registries.js';
import { rehearse } from '../rehearse.js';

/** Checks every lab and shows all problems of all of them. */
export async function validate(context: CommandContext, names: readonly string[]): Promise<ExitCode> {
  const problems: Problem[] = [];
  for (const name of names.length > 0 ? names : knownLabs()) {
    const file = findLab(name, context.cwd);
    const found = problemsOf(file);
    problems.push(...found);
    if (found.length === 0) context.stdout.write(`${file}: ok\n`);
  }
  if (problems.length > 0) throw new InputError(problems);
  return exitCodes.ok;
}

function problemsOf(file: string): readonly Problem[] {
  try {
    const lab = loadLab(file, labRegistries);
    const files = [...collect(() => loadKindConfig(lab.cluster)), ...collect(() => loadManifests(lab.manifests))];
    return files.length > 0 ? files : rehearse(lab);
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
}

function collect(load: () => unknown): readonly Problem[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
}
