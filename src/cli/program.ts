import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type ExitCode, exitCodes, UsageError } from '../core/errors.js';
import { type Language, languages } from '../core/text.js';
import type { CommandContext } from './context.js';
import { interrupts } from './interrupts.js';
import { languageOf, mayColor } from './language.js';
import { giveWidth } from './terminal-size.js';
import { wantedReport } from './wanted-report.js';

interface GlobalOptions {
  readonly lang?: Language;
  readonly color: boolean;
}

/** Reads the arguments, runs the command, and gives the exit code. Commands are loaded when they are used. */
export async function main(proc: NodeJS.Process): Promise<ExitCode> {
  const interrupted = interrupts(proc);
  giveWidth(proc.stdout, proc.stderr);
  let exitCode: ExitCode = exitCodes.ok;
  const program = new Command('svclab');
  const context = (): CommandContext => {
    const options = program.opts<GlobalOptions>();
    return {
      stdin: proc.stdin,
      stdout: proc.stdout,
      stderr: proc.stderr,
      env: proc.env,
      cwd: proc.cwd(),
      root: proc.getuid?.() === 0,
      language: options.lang ?? languageOf(proc.env),
      color: options.color && mayColor(proc.env, proc.stdout.isTTY),
      unicode: proc.env['TERM'] !== 'linux',
      program: proc.env['npm_lifecycle_event'] === undefined ? 'svclab' : 'npm run -s svclab --',
      signal: interrupted.signal,
    };
  };
  const does = async (command: Promise<ExitCode>): Promise<void> => {
    exitCode = await command;
  };
  describe(program, context, does);
  try {
    if (proc.argv[2] === 'complete') {
      const { complete } = await import('./commands/complete.js');
      complete(program);
    }
    await program.parseAsync(proc.argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const { showError } = await import('./show-error.js');
    return showError(error, proc.stderr, { color: context().color, debug: (proc.env['SVCLAB_DEBUG'] ?? '') !== '' });
  } finally {
    interrupted.dispose();
  }
  return exitCode;
}

const reporterKinds = ['console', 'tap', 'json', 'junit', 'markdown', 'github'];

function describe(program: Command, context: () => CommandContext, does: (command: Promise<ExitCode>) => Promise<void>): void {
  program
    .description('Labs that prove, with packets, how a Kubernetes Service carries a connection to a pod')
    .version(version(), '--version', 'print the version')
    .addOption(new Option('--lang <language>', 'language of what is shown').choices(languages))
    .option('--no-color', 'no colours (NO_COLOR in the environment does the same)')
    .showHelpAfterError('(svclab --help lists the commands)')
    .exitOverride();

  program
    .command('run')
    .description('run labs, judge their claims and keep the evidence')
    .argument('<lab...>', 'labs, or paths of lab files; all for every lab')
    .option('--cluster <kind>', 'the cluster to run on: netns (embedded) or kind (real)', 'netns')
    .option('--requests <n>', 'new connections where a lab asks for many', positive)
    .option('--out <folder>', 'where run folders go', 'runs')
    .addOption(new Option('--reporter <kind>', 'how to report').choices(reporterKinds).default('console'))
    .option('--json', 'the same as --reporter json')
    .option(
      '--report <kind=file>',
      'a report in a file besides: junit, markdown, tap, json or console; more than once for several',
      wantedReport,
    )
    .option('--sabotage <break>', 'prove that a break, or all of them, turns its claim red')
    .option('--keep', 'leave the cluster running afterwards')
    .option('--fresh', 'end a running cluster of svclab and make a new one')
    .option('--publish', "bind the cluster file's port mappings on 127.0.0.1")
    .option('--allow-skip', 'a skipped claim does not fail the run')
    .addOption(new Option('--in <machine>', "run in the course's VM instead, which is started where it does not run").choices(['vagrant']))
    .option('--halt', 'with --in: halt the VM afterwards')
    .action(async (labs, options) => {
      if (options.in !== undefined) return does((await import('./vm/run-in-vm.js')).runInVm(context(), labs, options));
      if (options.halt) throw new UsageError('--halt is about a VM', { hint: 'it goes with --in vagrant' });
      return does((await import('./commands/run.js')).run(context(), labs, options));
    });

  program
    .command('ci')
    .description('for CI: look at the machine, run labs on every kind of cluster that it can run, write reports')
    .argument('[lab...]', 'labs, or paths of lab files; all labs when left out')
    .option('--cluster <kind>', 'this kind of cluster alone, and it must run here: netns, kind, or all for both')
    .option('--requests <n>', 'new connections where a lab asks for many', positive)
    .option('--out <folder>', 'where run folders go', 'runs')
    .option('--reports <folder>', 'where reports go; the folder reports in that of --out unless said')
    .option('--sabotage <break>', 'prove that a break, or all of them, turns its claim red')
    .option('--fresh', 'end a running cluster of svclab and make a new one')
    .option('--allow-skip', 'a skipped claim does not fail the run')
    .action(async (labs, options) => does((await import('./commands/ci.js')).ci(context(), labs, options)));

  program
    .command('up')
    .description("make a cluster, with a lab's workloads where one is named, and leave it running")
    .argument('[lab]', 'a lab, or the path of a lab file')
    .option('--cluster <kind>', 'netns (embedded) or kind (real)', 'netns')
    .option('--fresh', 'end a running cluster of svclab and make a new one')
    .option('--publish', "bind the cluster file's port mappings on 127.0.0.1 (kind)")
    .option('--out <folder>', 'where the logs of a creation that failed go', 'runs')
    .option('--json', 'as JSON')
    .action(async (lab, options) => does((await import('./commands/up.js')).up(context(), lab, options)));

  program
    .command('down')
    .description('end the clusters that svclab left running')
    .option('--cluster <kind>', 'those of this kind alone: netns or kind')
    .action(async (options) => does((await import('./commands/down.js')).down(context(), options)));

  program
    .command('status')
    .description('show the clusters that are running, and how to enter and end them')
    .option('--cluster <kind>', 'those of this kind alone: netns or kind')
    .option('--json', 'as JSON')
    .action(async (options) => does((await import('./commands/status.js')).status(context(), options)));

  program
    .command('rejudge')
    .description('judge the evidence of an earlier run again: no cluster, no root')
    .argument('<folder>', "a run's folder")
    .addOption(new Option('--reporter <kind>', 'how to report').choices(reporterKinds).default('console'))
    .option('--json', 'the same as --reporter json')
    .option(
      '--report <kind=file>',
      'a report in a file besides: junit, markdown, tap, json or console; more than once for several',
      wantedReport,
    )
    .action(async (folder, options) => does((await import('./commands/rejudge.js')).rejudge(context(), folder, options)));

  program
    .command('list')
    .description('list the labs')
    .option('--json', 'as JSON')
    .action(async (options) => does((await import('./commands/list.js')).list(context(), options)));

  program
    .command('validate')
    .description('check lab files, with their manifests and cluster file')
    .argument('[lab...]', 'labs or lab files; all labs when left out')
    .action(async (labs) => does((await import('./commands/validate.js')).validate(context(), labs)));

  program
    .command('schema')
    .description('print the JSON Schema of lab files')
    .action(async () => does((await import('./commands/schema.js')).schema(context())));

  program
    .command('rules')
    .description('print what kube-proxy v1.31 would write on a node, as text for iptables-restore, nft -f or a shell')
    .requiredOption('--objects <file>', 'YAML or JSON with Services, EndpointSlices and Nodes; - for standard input')
    .requiredOption('--node <name>', 'the node')
    .option('--node-ip <ip>', "the node's InternalIP, where the objects hold no Node")
    .option('--cluster-cidr <cidr>', "the pods' range (kube-proxy's --cluster-cidr)")
    .option('--service-cidr <cidr>', "the Services' range, where kube-proxy is told of it (nftables)")
    .option('--proxy-mode <mode>', 'how kube-proxy has the kernel carry Services: iptables (default), nftables or ipvs')
    .option('--scheduler <name>', 'how ipvs spreads connections: rr (default), lc, sh and others')
    .action(async (options) => does((await import('./commands/rules.js')).rules(context(), options)));

  program
    .command('parity')
    .description('hold the embedded cluster against a real one: the same manifests, and nothing may differ but what is allowed')
    .argument('[lab...]', 'labs whose manifests are applied; all labs when left out')
    .option('--generated <n>', 'how many Services to generate besides; 0 for none', upTo(200), 100)
    .option('--seed <n>', 'what they are generated from', upTo(4_294_967_295), 1)
    .option('--proxy-mode <mode>', 'what kube-proxy works in: iptables or nftables', 'iptables')
    .option('--out <folder>', 'where the readings go', 'runs')
    .option('--fresh', 'end a running cluster of svclab and make a new one')
    .option('--keep', 'leave the real cluster running afterwards')
    .option('--json', 'as JSON')
    .action(async (labs, options) => does((await import('./commands/parity.js')).parity(context(), labs, options)));

  program
    .command('doctor')
    .description('say what this machine has and lacks')
    .option('--cluster <kind>', 'netns, kind or all: what the exit code is about; netns unless said, and both are shown')
    .option('--json', 'as JSON')
    .action(async (options) => does((await import('./commands/doctor.js')).doctor(context(), options)));

  program
    .command('images')
    .description('the images and programs of a real cluster, made from modules and packages where no registry is reachable')
    .addArgument(new Argument('<action>', 'what to do').choices(['list', 'build', 'save', 'load', 'software']))
    .argument('[what]', 'the archive to save to or to load from; the image whose software is shown')
    .option('--json', 'as JSON (list)')
    .action(async (action, what, options) => does((await import('./commands/images.js')).images(context(), action, what, options)));

  program
    .command('completion')
    .description('print a completion script for a shell')
    .argument('<shell>', 'bash, zsh, fish or powershell')
    .action(async (shell) => does((await import('./commands/complete.js')).completion(context(), program, shell)));
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000) throw new InvalidArgumentError('it takes a whole number from 1 to 1000000.');
  return value;
}

function upTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > most) throw new InvalidArgumentError(`it takes a whole number from 0 to ${most}.`);
    return value;
  };
}

function version(): string {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8');
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? '';
}
