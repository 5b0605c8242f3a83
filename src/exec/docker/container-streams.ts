import { Duplex, PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { EnvironmentError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import type { OpenStreams, Streams } from '../remote/streams.js';
import { said } from './engine-error.js';
import { splitStreams } from './split-streams.js';

/** Processes in a running container, as `docker exec --interactive` starts them. */
export function containerStreams(docker: Docker, container: string): OpenStreams {
  return async (argv) => {
    try {
      const exec = await docker.getContainer(container).exec({ Cmd: [...argv], AttachStdin: true, AttachStdout: true, AttachStderr: true });
      const connection = await exec.start({ hijack: true, stdin: true });
      return streamsOver(connection, () => exitCode(exec));
    } catch (cause) {
      throw new EnvironmentError(`the container ${container} cannot be reached: ${said(cause)}`, { cause });
    }
  };
}

/** The main process of a container that was created with its standard input open, and is started when this has come. Its exit code is not asked for. */
export async function mainStreams(container: Docker.Container): Promise<Streams> {
  const connection = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
  if (!(connection instanceof Duplex)) throw new EnvironmentError('the Docker engine gave no connection to the container');
  return streamsOver(connection, async () => null);
}

function streamsOver(connection: Duplex, codeAtEnd: () => Promise<number | null>): Streams {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  splitStreams(connection, stdout, stderr);
  const over = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) connection.once(event, () => resolve());
  });
  const ended = over.then(async () => {
    stdout.end();
    stderr.end();
    return codeAtEnd();
  });
  return { stdin: connection, stdout, stderr, ended, close: () => connection.destroy() };
}

/** The engine learns of the end a little after the connection is closed. */
async function exitCode(exec: Docker.Exec): Promise<number | null> {
  const look = async (): Promise<number | undefined> => {
    const { Running, ExitCode } = await exec.inspect();
    return Running ? undefined : (ExitCode ?? undefined);
  };
  return waitFor('the exit code', look, { intervalMs: 10, timeoutMs: 2_000 }).catch(() => null);
}
