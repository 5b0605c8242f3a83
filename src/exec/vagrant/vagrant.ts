import { EnvironmentError, UnmetError } from '../../core/errors.js';
import { type CommandResult, type Executor, succeeded } from '../../core/executor.js';
import { vagrantFault } from './faults.js';
import { type MachineState, parseStatus } from './machine-readable.js';

/** A VM may be emulated, on a machine that is busy: these are the patience with something that hangs, not what it takes. Milliseconds. */
const patience = { ask: 180_000, boot: 1_800_000, sync: 900_000, provision: 5_400_000 } as const;

/** The program vagrant, about one machine of one Vagrantfile. */
export class Vagrant {
  readonly #executor: Executor;
  readonly #machine: string;
  readonly #signal: AbortSignal;
  readonly #hear: (text: string) => void;

  /**
   * @param executor with an environment that says which Vagrantfile.
   * @param signal ends what is under way as Ctrl-C would: vagrant tidies up, and is waited for.
   * @param hear is given what vagrant says while it works.
   */
  constructor(executor: Executor, machine: string, signal: AbortSignal, hear: (text: string) => void) {
    this.#executor = executor;
    this.#machine = machine;
    this.#signal = signal;
    this.#hear = hear;
  }

  /** @throws UnmetError where there is no vagrant. */
  async version(): Promise<string> {
    const result = await this.#executor.run(['vagrant', '--version'], { timeoutMs: patience.ask, signal: this.#signal });
    this.#signal.throwIfAborted();
    if (succeeded(result)) return result.stdout.trim();
    if (result.ended === 'not-started' || result.exitCode === 127) {
      throw new UnmetError('vagrant is not there', {
        hint: 'install it with a provider: on Debian and Ubuntu, sudo apt-get install -y vagrant vagrant-libvirt libvirt-daemon-system qemu-system-x86 rsync; elsewhere https://developer.hashicorp.com/vagrant/install and VirtualBox',
      });
    }
    throw vagrantFault('vagrant --version', result);
  }

  async state(): Promise<MachineState> {
    const result = await this.#ask(['vagrant', 'status', this.#machine, '--machine-readable']);
    const state = parseStatus(result.stdout, this.#machine);
    if (state === undefined) throw new EnvironmentError(`vagrant status says nothing of the machine ${this.#machine}`);
    return state;
  }

  /** The text of a configuration for ssh(1) that leads into the machine. */
  async sshConfig(): Promise<string> {
    return (await this.#ask(['vagrant', 'ssh-config', this.#machine])).stdout;
  }

  /** Makes it, starts it or resumes it; what it is provisioned with comes by `provision`. */
  up(): Promise<void> {
    return this.#work(['vagrant', 'up', this.#machine, '--no-provision'], patience.boot);
  }

  provision(): Promise<void> {
    return this.#work(['vagrant', 'provision', this.#machine], patience.provision);
  }

  rsync(): Promise<void> {
    return this.#work(['vagrant', 'rsync', this.#machine], patience.sync);
  }

  /** Also after an interrupt. */
  halt(): Promise<void> {
    return this.#work(['vagrant', 'halt', this.#machine], patience.boot, new AbortController().signal);
  }

  async #ask(argv: readonly string[]): Promise<CommandResult> {
    const result = await this.#executor.run(argv, { timeoutMs: patience.ask, signal: this.#signal });
    this.#signal.throwIfAborted();
    if (!succeeded(result)) throw vagrantFault(argv.slice(0, 2).join(' '), result);
    return result;
  }

  async #work(argv: readonly string[], timeoutMs: number, signal = this.#signal): Promise<void> {
    signal.throwIfAborted();
    const said: string[] = [];
    const hear = (text: string): void => {
      said.push(text);
      this.#hear(text);
    };
    // Apart, so that a terminal's Ctrl-C comes to it once, from here: at a second one it leaves at once, with half a machine.
    const command = await this.#executor.start(argv, { apart: true, onStdout: hear, onStderr: hear });
    const stop = (): void => void command.stop('SIGINT');
    signal.addEventListener('abort', stop, { once: true });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, timeoutMs);
    try {
      const result = await command.ended;
      signal.throwIfAborted();
      const what = argv.slice(0, 2).join(' ');
      if (late) throw new EnvironmentError(`${what} was not done after ${timeoutMs / 60_000} minutes`);
      if (!succeeded(result)) throw vagrantFault(what, { stdout: said.join(''), stderr: result.stderr });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}
