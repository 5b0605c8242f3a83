import type Docker from 'dockerode';
import { EnvironmentError, UnmetError } from '../../core/errors.js';
import type { Text } from '../../core/text.js';
import { said } from '../../exec/docker/container-streams.js';

/** The engine's id of an image; undefined when it does not hold it. */
export async function imageId(docker: Docker, name: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    if (typeof error === 'object' && error !== null && Reflect.get(error, 'statusCode') === 404) return undefined;
    throw new EnvironmentError(`the Docker engine does not tell whether it holds ${name}: ${said(error)}`, { cause: error });
  }
}

/** The image's id; pulled where the engine does not hold it. @throws UnmetError when it cannot be pulled. */
export async function ensureImage(docker: Docker, name: string, progress: (text: Text) => void, signal?: AbortSignal): Promise<string> {
  const id = await imageId(docker, name);
  if (id !== undefined) return id;
  progress({ en: `pulling ${name}`, ko: `${name} 내려받기` });
  try {
    await pull(docker, name, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new UnmetError(`the image ${name} is not here, and cannot be pulled: ${said(cause)}`, {
      hint: "where no registry is reachable, 'svclab images build' makes every image, and 'svclab images load FILE' takes those that another machine has saved",
      cause,
    });
  }
  const pulled = await imageId(docker, name);
  if (pulled === undefined) throw new EnvironmentError(`the image ${name} was pulled, and the engine does not hold it`);
  return pulled;
}

async function pull(docker: Docker, name: string, signal: AbortSignal | undefined): Promise<void> {
  const stream: NodeJS.ReadableStream & { destroy?(error?: Error): void } = await docker.pull(
    name,
    signal === undefined ? {} : { abortSignal: signal },
  );
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => (error === null ? resolve() : reject(error)));
  });
}
