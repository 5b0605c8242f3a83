import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { EnvironmentError } from '../../core/errors.js';
import type { Holder } from '../../exec/holder.js';

export interface PublishedPort {
  readonly hostPort: number;
  /** Where in the cluster it leads. */
  readonly address: string;
  readonly port: number;
}

/**
 * Binds ports of this machine's 127.0.0.1 and hands each connection over to the sandbox, which passes it on from 172.18.0.1,
 * the address that Docker's own proxy would come from.
 * @throws EnvironmentError when a port is in use; none stays bound then.
 */
export async function publish(ports: readonly PublishedPort[], holder: Holder): Promise<AsyncDisposable> {
  const servers: Server[] = [];
  // The port is free at once. The event would wait for the connections, which are the sandbox's by now and end with it.
  const close = async (): Promise<void> => {
    for (const server of servers) server.close();
  };
  try {
    for (const { hostPort, address, port } of ports) {
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        holder.request({ op: 'publish', address, port }, socket).catch(() => socket.destroy());
      });
      server.listen({ host: '127.0.0.1', port: hostPort });
      await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
        throw new EnvironmentError(
          `127.0.0.1:${hostPort} cannot be published: ${error.code === 'EADDRINUSE' ? 'another program listens there' : error.message}`,
          {
            hint: 'end that program, or give the port another hostPort in the cluster file; a lab asks for its ports by publish: true, you by --publish',
          },
        );
      });
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { [Symbol.asyncDispose]: close };
}
