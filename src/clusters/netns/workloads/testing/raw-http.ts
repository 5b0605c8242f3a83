import { once } from 'node:events';
import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import { connect } from 'node:net';

export interface Exchange {
  /** All that came back until the server closed the connection, with the date masked; one byte a character. */
  readonly answer: string;
  /** The client's port, which the answers show. */
  readonly port: number;
}

export interface Served {
  /** Sends exactly these bytes (latin1) in one write and reads until the server closes the connection. */
  exchange(raw: string): Promise<Exchange>;
  /** The server's port, for clients that are not polite. */
  readonly port: number;
  close(): Promise<void>;
}

/** Serves a handler on a free port of 127.0.0.1. */
export async function serve(handler: RequestListener, options: ServerOptions = {}): Promise<Served> {
  const server = createServer(options, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    exchange: (raw) => exchange(port, raw),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function exchange(port: number, raw: string): Promise<Exchange> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const local = socket.localPort ?? 0;
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('data', (part) => {
    answer += String(part);
  });
  socket.write(Buffer.from(raw, 'latin1'));
  await once(socket, 'close');
  return { answer: answer.replaceAll(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$/gm, 'Date: now\r'), port: local };
}
