/**
 * The holder of the embedded cluster: the first process in the sandbox's own PID, mount, network, UTS and IPC namespaces.
 * It makes namespaces, starts commands in them and serves the pods. When it ends, by whatever cause, the kernel ends
 * every process and removes every namespace, link, rule and mount of the cluster with it.
 *
 * It ends when the channel to svclab closes (also when svclab was killed), unless it was told to keep the cluster.
 */
import { connect, type Socket } from 'node:net';
import type { AgentMessage, Reply, RequestMessage } from '../../../exec/protocol.js';
import { Commands } from './commands.js';
import { leaveEntrance } from './enter.js';
import { Proxies } from './proxies.js';
import { Namespaces } from './system.js';
import { toolEnvironment } from './tools.js';

let kept = false;
const namespaces = new Namespaces();
const environment = toolEnvironment(process.env);
const commands = new Commands(namespaces, environment, send);
const proxies = new Proxies(namespaces);

process.on('disconnect', () => {
  if (!kept) process.exit(0);
});
process.on('message', (message: RequestMessage, handle: unknown) => {
  handleRequest(message, handle).then(
    (value) => send({ id: message.id, ok: true, ...(value === undefined ? {} : { value }) }),
    (error: NodeJS.ErrnoException) => send({ id: message.id, ok: false, error: error.message, code: error.code ?? '' }),
  );
});
// PID 1 of a PID namespace ignores signals that it does not handle; these only come from inside or from `svclab`'s user.
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));
// svclab may be gone already, before anything here could hear of it.
if (!process.connected) process.exit(0);
send({ event: 'ready' });
// The pods' programs are loaded while svclab is already making nodes.
const servers = import('./servers.js').then(({ Servers }) => new Servers(namespaces, commands));

async function handleRequest(request: RequestMessage, handle: unknown): Promise<Extract<Reply, { ok: true }>['value']> {
  switch (request.op) {
    case 'namespaces':
      for (const spec of request.add) namespaces.add(spec);
      return undefined;
    case 'remove-namespace':
      namespaces.remove(request.name);
      return undefined;
    case 'run':
      return commands.run(request.tag, request.command, request.input, request.timeoutMs);
    case 'start':
      await commands.start({ ...request, stdoutFile: visible(request.stdoutFile) });
      return undefined;
    case 'input':
      commands.input(request.tag, request.text);
      return undefined;
    case 'signal':
      commands.signal(request.tag, request.signal as NodeJS.Signals);
      return undefined;
    case 'serve':
      return { ports: await (await servers).serve(request.pod) };
    case 'stop-serving':
      for (const namespace of request.namespaces) await (await servers).stop(namespace);
      return undefined;
    case 'proxy':
      return { ports: await proxies.serve(request.namespace, request.ports) };
    case 'publish':
      forward(handle as Socket | undefined, request.address, request.port);
      return undefined;
    case 'keep':
      leaveEntrance(environment['PATH'] ?? '');
      kept = true;
      // Nothing else may be left for this process to wait for: a cluster without a server, and no channel.
      setInterval(() => {}, 2 ** 30);
      return undefined;
  }
}

/** A file under the machine's /run, which the sandbox's private one covers, is reached through the descriptor kept of it. */
function visible(file: string | undefined): string | undefined {
  if (file === undefined || !file.startsWith('/run/')) return file;
  return `/proc/self/fd/${namespaces.hostRun}${file.slice('/run'.length)}`;
}

/** A published port: this process's own namespace stands where Docker's host stands, at 172.18.0.1. */
function forward(socket: Socket | undefined, address: string, port: number): void {
  if (socket === undefined) return;
  const onward = connect({ host: address, port });
  socket.on('error', () => onward.destroy());
  onward.on('error', () => socket.destroy());
  socket.pipe(onward).pipe(socket);
}

function send(message: AgentMessage): void {
  if (process.connected) process.send?.(message);
}
