import type { ExitCode } from '../../core/errors.js';
import { openRun } from '../../evidence/open-run.js';
import { rejudgeRun } from '../../runner/rejudge.js';
import { readLab } from '../../schema/load-lab.js';
import type { CommandContext } from '../context.js';
import { labRegistries } from '../registries.js';
import { type ReporterChoice, reporterFor } from '../reporter-for.js';
import { runnerTools } from '../tools.js';

/** Judges stored evidence by the lab as it was stored with it. */
export async function rejudge(context: CommandContext, folder: string, options: ReporterChoice): Promise<ExitCode> {
  const stored = await openRun(folder);
  const file = stored.manifest.lab.file;
  const text = (name: string): string => new TextDecoder().decode(stored.reader.read(name));
  const lab = readLab({ file, text: text(file) }, labRegistries, (path) => {
    try {
      return { text: text(path) };
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) };
    }
  });
  const reporter = await reporterFor(context, options);
  try {
    return rejudgeRun({ stored, lab, tools: runnerTools, emit: (event) => reporter.on(event) });
  } finally {
    await reporter.end();
  }
}
