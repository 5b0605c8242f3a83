import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CleanupStack } from '../../core/cleanup.js';
import { EnvironmentError, type ExitCode, exitCodes, InterruptedError, SvclabError, UnmetError, UsageError } from '../../core/errors.js';
import type { CommandResult, Executor } from '../../core/executor.js';
import { untilDone } from '../../core/interrupt.js';
import { localExecutor } from '../../exec/local.js';
import { RemoteExecutor } from '../../exec/remote/remote-executor.js';
import { sshStreams } from '../../exec/vagrant/ssh-streams.js';
import { Vagrant } from '../../exec/vagrant/vagrant.js';
import { loadLab } from '../../schema/load-lab.js';
import type { RunCommandOptions } from '../commands/run.js';
import type { CommandContext } from '../context.js';
import { findLab, knownLabs } from '../find-lab.js';
import { packageRoot } from '../package-root.js';
import { labRegistries } from '../registries.js';
import { showError } from '../show-error.js';
import { bringBack } from './bring-back.js';
import { insideCommand, projectInVm } from './inside-arguments.js';
import { lockVm } from './lock.js';
import { Renaming } from './renaming.js';
import { withoutProgress } from './vagrant-output.js';
import { refuseOthersVm } from './whose-vm.js';
import { vmWords } from './words.js';

const machine = 'svclab';

interface VmRunOptions extends RunCommandOptions {
  readonly halt?: boolean;
}

/**
 * `run --in vagrant`: the same run, in the VM of the checkout's Vagrantfile, with its run folders here and its exit code. The VM is made, started or resumed as it
 * must be, and stays up unless `halt`.
 * @param root the checkout, with the Vagrantfile.
 * @throws UsageError, UnmetError, EnvironmentError before the lab runs, or where its evidence cannot be brought back.
 */
export async function runInVm(
  context: CommandContext,
  labs: readonly string[],
  options: VmRunOptions,
  root: string = packageRoot,
): Promise<ExitCode> {
  const out = resolve(context.cwd, options.out);
  const folder = `/var/tmp/svclab-runs-${randomBytes(6).toString('hex')}`;
  if (options.halt && options.keep) {
    throw new UsageError('--keep leaves a cluster running, and --halt halts the VM that it runs in', { hint: 'give one of them' });
  }
  const command = insideCommand(context, labs, options, { root, out: folder });
  // What is wrong with a lab is said at once, and not after minutes.
  for (const lab of labs.includes('all') ? [...labs, ...knownLabs()] : labs)
    if (lab !== 'all') loadLab(findLab(lab, context.cwd), labRegistries);
  requireCheckout(root);
  const words = vmWords[context.language];
  const tell = (text: string): void => void context.stderr.write(`${text}\n`);
  await refuseOthersVm(root, machine);
  await using acquired = new CleanupStack();
  acquired.use('the lock', await lockVm(join(root, '.vagrant', 'svclab-run.lock')));
  const local = localExecutor(vagrantEnvironment(root));
  const vagrant = new Vagrant(
    local,
    machine,
    context.signal,
    withoutProgress((text) => void context.stderr.write(text)),
  );
  await vagrant.version();
  let code: ExitCode = exitCodes.ok;
  let up = false;
  try {
    await makeReady(vagrant, context, options, () => {
      up = true;
    });
    // Closed before the VM is halted: of a machine that is off, ssh would wait two minutes for a sign.
    await using connected = new CleanupStack();
    const vm = await connect(vagrant, local, connected);
    await setUp(vm, vagrant, words.settingUp, tell);
    tell(words.running(labs.join(' ')));
    code = await runInside(vm, command, { context, folder, out });
    for (const path of await bringBack(vm, local, folder, out)) tell(words.broughtBack(path));
  } catch (error) {
    code = failed(context, error, code);
  }
  if (up && options.halt) {
    tell(words.halting);
    await vagrant.halt().catch((error: unknown) => {
      code = failed(context, error, code);
    });
  } else if (up) tell(words.staysUp);
  return code;
}

/** Shows it. An interrupt, and what the lab itself ended with, outrank what came after. */
function failed(context: CommandContext, error: unknown, code: ExitCode): ExitCode {
  const { signal } = context;
  const interrupted = signal.aborted && signal.reason instanceof SvclabError ? signal.reason : undefined;
  const shown = showError(interrupted ?? error, context.stderr, {
    color: context.color,
    debug: (context.env['SVCLAB_DEBUG'] ?? '') !== '',
  });
  return code === exitCodes.ok || interrupted !== undefined ? shown : code;
}

function requireCheckout(root: string): void {
  if (existsSync(join(root, 'Vagrantfile')) && existsSync(join(root, 'init_cfg.sh')) && existsSync(join(root, 'scripts', 'bootstrap.mjs')))
    return;
  throw new UnmetError('the VM needs a checkout of svclab, and this is an installed package', {
    hint: 'clone the repository, and type `npm run lab:clusterip -- --in vagrant` there',
  });
}

/** This checkout's Vagrantfile and its notes, whatever the environment says of others. */
function vagrantEnvironment(root: string): Readonly<Record<string, string>> {
  return {
    VAGRANT_CWD: root,
    VAGRANT_VAGRANTFILE: 'Vagrantfile',
    VAGRANT_DOTFILE_PATH: join(root, '.vagrant'),
    VAGRANT_NO_COLOR: '1',
    LC_ALL: 'C.UTF-8',
  };
}

const suspended = ['saved', 'paused', 'pmsuspended', 'suspended'];

/** Makes, starts or resumes the VM, with the project in it as it is here. @param isUp is called when it runs. */
async function makeReady(vagrant: Vagrant, context: CommandContext, options: VmRunOptions, isUp: () => void): Promise<void> {
  const words = vmWords[context.language];
  const tell = (text: string): void => void context.stderr.write(`${text}\n`);
  const { provider, state } = await vagrant.state();
  if (options.cluster === 'kind' && provider === 'libvirt' && isEmulated(context)) tell(words.emulated);
  if (state === 'running') isUp();
  else {
    tell(state === 'not_created' ? words.creating : suspended.includes(state) ? words.resuming : words.starting);
    await vagrant.up();
    isUp();
    // A VM that starts has just been given the project; one that goes on has not.
    if (!suspended.includes(state)) return;
  }
  tell(words.syncing);
  await vagrant.rsync();
}

function isEmulated({ env }: CommandContext): boolean {
  return env['SVCLAB_VM_DRIVER'] === 'qemu' || !existsSync('/dev/kvm');
}

async function connect(vagrant: Vagrant, local: Executor, acquired: CleanupStack): Promise<RemoteExecutor> {
  const folder = await mkdtemp(join(tmpdir(), 'svclab-vm-'));
  acquired.add('the configuration for ssh', () => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'ssh-config');
  await writeFile(config, await vagrant.sshConfig(), { mode: 0o600 });
  if ((await local.run(['ssh', '-V'])).ended === 'not-started') {
    throw new UnmetError('ssh is not there', { hint: 'install it: on Debian and Ubuntu, sudo apt-get install -y openssh-client' });
  }
  const vm = new RemoteExecutor(`vm/${machine}`, sshStreams(config, machine));
  return acquired.use('the connection to the VM', vm);
}

/** What the Vagrantfile's provisioner notes when all went well: the digest of what it ran. */
export const setUpDigest = 'find init_cfg.sh scripts/tools.* scripts/machine -type f | LC_ALL=C sort | xargs cat | sha256sum';

const isSetUp = `cd ${projectInVm} && ${setUpDigest} | cmp -s - /var/lib/svclab/set-up`;

async function setUp(vm: Executor, vagrant: Vagrant, text: string, tell: (text: string) => void): Promise<void> {
  const mark = await vm.run(['sh', '-c', isSetUp], { timeoutMs: 180_000 });
  if (mark.ended !== 'exit' || mark.exitCode === 255) throw lost(mark);
  if (mark.exitCode === 0) return;
  tell(text);
  await vagrant.provision();
}

async function runInside(
  vm: Executor,
  command: readonly string[],
  { context, folder, out }: { readonly context: CommandContext; readonly folder: string; readonly out: string },
): Promise<ExitCode> {
  const { signal, stdout, stderr, language } = context;
  signal.throwIfAborted();
  const outputs = [stdout, stderr].map((stream) => new Renaming(folder, out, (text) => void stream.write(text)));
  const [toOut, toErr] = outputs;
  const running = await vm.start(command, { onStdout: (text) => toOut?.hear(text), onStderr: (text) => toErr?.hear(text) });
  const tell = (text: string): void => void stderr.write(`${text}\n`);
  const stop = (): void => {
    tell(vmWords[language].stopping);
    const terminated = signal.reason instanceof InterruptedError && signal.reason.exitCode === exitCodes.terminated;
    void running.stop(terminated ? 'SIGTERM' : 'SIGINT');
  };
  const done = untilDone(signal, () => tell(vmWords[language].patience));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const result = await running.ended;
  signal.removeEventListener('abort', stop);
  done();
  for (const output of outputs) output.end();
  const code = Object.values(exitCodes).find((known) => known === result.exitCode);
  if (result.ended === 'exit' && code !== undefined) return code;
  throw lost(result, `; the folder of the run, if there is one, lies in the VM, in ${folder}`);
}

/** ssh ends with 255 when it failed itself, and when a signal ended what it ran (ssh(1)). */
function lost(result: CommandResult, besides = ''): EnvironmentError {
  const said = result.stderr.trim().split('\n').slice(-3).join(' ').trim();
  const why = said === '' ? '' : `: ${said}`;
  return result.exitCode === null || result.exitCode === 255
    ? new EnvironmentError(`the connection to the VM was lost${why}`, {
        hint: `look at the VM: vagrant status, vagrant ssh; vagrant halt and the same command start it anew${besides}`,
      })
    : new EnvironmentError(`svclab could not run in the VM (exit code ${result.exitCode})${why}`, {
        hint: 'look into it: vagrant ssh, then cd /svclab',
      });
}
