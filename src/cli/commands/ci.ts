import { join } from 'node:path';
import { type ExitCode, exitCodes, InputError, SvclabError, UnmetError } from '../../core/errors.js';
import type { RunEvent } from '../../core/events.js';
import type { Registry } from '../../core/registry.js';
import { lookOf } from '../../reporters/console/look.js';
import { runErrorOf } from '../../runner/run-error.js';
import type { Lab } from '../../schema/lab.js';
import { loadLab } from '../../schema/load-lab.js';
import { type CiReporter, ciReporter } from '../ci-reporter.js';
import { cannotRunHere, ciCommandWords } from '../ci-words.js';
import type { CommandContext } from '../context.js';
import { type Examined, examine, examinedLines } from '../examine.js';
import { findLab, knownLabs } from '../find-lab.js';
import { type ProviderEntry, providersFor } from '../providers.js';
import { labRegistries } from '../registries.js';
import { endReports } from '../reporter-for.js';
import { reporterOptions } from '../reporter-options.js';
import { checkLabs, type RunLabsOptions, runLabs, runsOn, worst } from '../run-labs.js';

export interface CiOptions extends Omit<RunLabsOptions, 'keep' | 'publish'> {
  /** A kind that must run here, or `all`; undefined for those that can. */
  readonly cluster?: string;
  /** Undefined for `reports` in the folder of the runs. */
  readonly reports?: string;
}

/**
 * All that a CI system calls: holds the machine against what clusters need, runs the labs on each kind that it can run, and writes the reports, also
 * where nothing can be run or a lab cannot be read. The exit code is that of the worst run; 3 where a kind that was asked for cannot run, or none can.
 */
export async function ci(
  context: CommandContext,
  names: readonly string[],
  options: CiOptions,
  providers: Registry<ProviderEntry> = providersFor(context),
): Promise<ExitCode> {
  const folder = options.reports ?? join(options.out, 'reports');
  const reporter = await ciReporter(context, folder);
  const codes: ExitCode[] = [];
  try {
    codes.push(...(await carryOut(context, names, options, providers, reporter)));
  } finally {
    codes.push(await endReports(context, reporter));
    context.stderr.write(`${ciCommandWords[context.language].reports(folder)}\n`);
  }
  return worst(codes);
}

async function carryOut(
  context: CommandContext,
  names: readonly string[],
  options: CiOptions,
  providers: Registry<ProviderEntry>,
  reporter: CiReporter,
): Promise<readonly ExitCode[]> {
  try {
    const wanted = options.cluster === undefined || options.cluster === 'all' ? providers.all : [providers.get(options.cluster)];
    const labs = labsOf(context, names, reporter);
    const examined = await Promise.all(wanted.map((entry) => examine(entry, context.signal)));
    context.stderr.write(`${examinedLines(lookOf(reporterOptions(context), context.stderr), examined).join('\n')}\n`);
    const plans = wanted.map((entry, i) => ({ entry, examined: examined[i], labs: labsFor(entry.kind, labs, names, options) }));
    for (const plan of plans) if (plan.examined?.ready) checkLabs(plan.labs, await plan.entry.load());
    const ready = examined.filter((each) => each.ready).map(({ kind }) => kind);
    const codes: ExitCode[] = [];
    for (const plan of plans) {
      if (plan.examined?.ready) codes.push(...(await runLabs(context, plan.labs, plan.entry, options, (event) => reporter.on(event))));
      else codes.push(...leaveOut(context, plan, options.cluster === undefined ? ready : [], reporter));
    }
    // What proved nothing is no success.
    return codes.length === 0 ? [exitCodes.unmet] : codes;
  } catch (error) {
    // A lab that cannot be read is in the reports already.
    if (error instanceof SvclabError && !(error instanceof InputError)) reporter.aside(stopped(names.join(' ') || 'all', error));
    throw error;
  }
}

/** Every lab is read before anything is run, and all problems of all of them are told at once. */
function labsOf(context: CommandContext, names: readonly string[], reporter: CiReporter): readonly Lab[] {
  const all = names.length === 0 ? ['all'] : names;
  const files = all.flatMap((name) => (name === 'all' ? knownLabs() : [name])).map((name) => ({ name, file: findLab(name, context.cwd) }));
  const faults: InputError[] = [];
  const labs = files.flatMap(({ name, file }) => {
    try {
      return [loadLab(file, labRegistries)];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error);
      reporter.aside(stopped(name, error));
      return [];
    }
  });
  if (faults.length > 0) throw new InputError(faults.flatMap(({ problems }) => problems));
  return labs;
}

/** Of labs that were not named one by one, those that run on this kind; one that was named must, where the kind was asked for. */
function labsFor(kind: string, labs: readonly Lab[], names: readonly string[], options: CiOptions): readonly Lab[] {
  const named = names.length > 0 && !names.includes('all') && options.cluster === kind;
  return named ? labs : labs.filter((lab) => runsOn(lab, kind));
}

/** Nothing is lost of the labs that run on another kind, where nobody asked for this one; each of the rest is a run that could not begin. */
function leaveOut(
  context: CommandContext,
  { examined, labs }: { readonly examined: Examined | undefined; readonly labs: readonly Lab[] },
  elsewhere: readonly string[],
  reporter: CiReporter,
): readonly ExitCode[] {
  if (examined === undefined || labs.length === 0) return [];
  const { kind, findings } = examined;
  const lacking = findings.filter(({ ok }) => !ok);
  const why = cannotRunHere(lacking.map(({ what, detail }) => `${what}: ${detail}`).join('; '));
  context.stderr.write(`${ciCommandWords[context.language].lacking(kind)}\n`);
  const lost = labs.filter((lab) => !elsewhere.some((other) => runsOn(lab, other)));
  const left = labs.filter((lab) => !lost.includes(lab));
  if (left.length > 0) reporter.on({ type: 'left-out', at: 0, cluster: kind, labs: left.map(({ id }) => id), why });
  const hint = lacking.flatMap((finding) => finding.hint ?? [])[0];
  const error = new UnmetError(`${kind}: ${why[context.language]}`, hint === undefined ? {} : { hint });
  for (const lab of lost) reporter.aside(stopped(lab.id, error));
  return lost.map(() => exitCodes.unmet);
}

/** A run that ended before it began. */
function stopped(lab: string, error: SvclabError): RunEvent {
  return {
    type: 'run-ended',
    at: 0,
    lab,
    totals: { pass: 0, fail: 0, inconclusive: 0, skip: 0 },
    breaks: { proven: 0, notProven: 0, inconclusive: 0 },
    exitCode: error.exitCode,
    error: runErrorOf(error),
    folder: '',
  };
}
