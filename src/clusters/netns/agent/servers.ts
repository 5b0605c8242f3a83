import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { ServeSpec } from '../../../exec/protocol.js';
import { image } from '../workloads/images.js';
import type { Commands } from './commands.js';
import type { Namespaces } from './system.js';

/** Tags of pod processes, apart from those of svclab's own commands, which count up from 1. */
let nextTag = -1;

/** The pods' workloads: servers run in this process, each listening in its pod's namespace; anything else is a process there. */
export class Servers {
  readonly #namespaces: Namespaces;
  readonly #commands: Commands;
  /** By namespace; a pod may have several containers. */
  readonly #stops = new Map<string, (() => Promise<void> | void)[]>();

  constructor(namespaces: Namespaces, commands: Commands) {
    this.#namespaces = namespaces;
    this.#commands = commands;
  }

  /** Returns the ports that are listening: none for a process. */
  async serve(pod: ServeSpec): Promise<readonly number[]> {
    const workload = image(pod);
    if (workload.kind === 'process') {
      const tag = nextTag--;
      this.#onStop(pod.namespace, () => this.#commands.signal(tag, 'SIGKILL'));
      const failed = await this.#commands.start({
        tag,
        command: { namespace: pod.namespace, argv: workload.argv, env: pod.env },
        stdoutFile: undefined,
        asked: false,
        heard: false,
      });
      if (failed !== undefined) throw new Error(`'${workload.argv.join(' ')}' cannot be started: ${failed.stderr}`);
      return [];
    }
    const open: Server[] = [];
    this.#onStop(pod.namespace, () => closeAll(open));
    // `listen` without a host binds at once, in the namespace that the thread is in; only the event comes later.
    const listening = workload.ports.map((port) => {
      const server = createServer(workload.serverOptions, workload.handler);
      open.push(server);
      return this.#namespaces.within(pod.namespace, () => {
        server.listen({ port, backlog: 1024 });
        return once(server, 'listening');
      });
    });
    await Promise.all(listening);
    return workload.ports;
  }

  async stop(namespace: string): Promise<void> {
    const stops = this.#stops.get(namespace) ?? [];
    this.#stops.delete(namespace);
    for (const stop of stops) await stop();
  }

  #onStop(namespace: string, stop: () => Promise<void> | void): void {
    this.#stops.set(namespace, [...(this.#stops.get(namespace) ?? []), stop]);
  }
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  for (const server of servers) {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
