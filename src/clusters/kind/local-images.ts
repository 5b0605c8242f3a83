import type Docker from 'dockerode';
import { EnvironmentError, UnmetError } from '../../core/errors.js';
import type { Text } from '../../core/text.js';
import { said } from '../../exec/docker/engine-error.js';

/** The engine's id of an image; undefined when it does not hold it. */
export async function imageId(docker: Docker, name: string): Promise<string | undefined> {
  return (await inspect(docker, name))?.Id;
}

async function inspect(docker: Docker, name: string): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(name).inspect();
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
    await pull(docker, name, progress, signal);
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

/** Tells how far it is at each tenth. @throws Error with what the engine said. */
async function pull(docker: Docker, name: string, progress: (text: Text) => void, signal: AbortSignal | undefined): Promise<void> {
  const share = new PullShare();
  let told = 0;
  const hear = (event: unknown): void => {
    const percent = share.after(event);
    if (percent < told + 10) return;
    told = percent - (percent % 10);
    progress({ en: `pulling ${name}: ${told} %`, ko: `${name} 내려받기: ${told} %` });
  };
  const stream: NodeJS.ReadableStream & { destroy?(error?: Error): void } = await docker.pull(
    name,
    signal === undefined ? {} : { abortSignal: signal },
  );
  const events = await new Promise<readonly unknown[]>((resolve, reject) => {
    docker.modem.followProgress(stream, (error, all: readonly unknown[]) => (error === null ? resolve(all) : reject(error)), hear);
  });
  signal?.throwIfAborted();
  // What goes wrong after the first byte of the answer is told in the stream, and dockerode takes that for progress.
  const failed = events.map((event) => text(event, 'error')).find((message) => message !== undefined);
  if (failed !== undefined) throw new Error(failed);
}

/** How much of an image has come, from the engine's own account of each layer (API reference, "Create an image"). */
export class PullShare {
  readonly #layers = new Map<string, number>();

  /** @returns percent of all layers known so far, of which each counts the same. */
  after(event: unknown): number {
    const [id, status] = [text(event, 'id'), text(event, 'status')];
    if (id !== undefined && status !== undefined) {
      // The first line of a pull has the tag for its id.
      if (/^(Pulling fs layer|Waiting)$/.test(status)) this.#layers.set(id, this.#layers.get(id) ?? 0);
      else if (/^(Already exists|Pull complete)$/.test(status)) this.#layers.set(id, 1);
      else if (status === 'Downloading') this.#layers.set(id, downloaded(event));
      else if (/^(Download complete|Verifying Checksum|Extracting)$/.test(status)) this.#layers.set(id, extracting);
    }
    const shares = [...this.#layers.values()];
    return shares.length === 0 ? 0 : Math.floor((100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length);
  }
}

/** What a layer counts when it has come and is not unpacked yet. */
const extracting = 0.9;

function downloaded(event: unknown): number {
  const detail: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, 'progressDetail') : undefined;
  if (typeof detail !== 'object' || detail === null) return 0;
  const [current, total] = [Reflect.get(detail, 'current'), Reflect.get(detail, 'total')];
  return typeof current === 'number' && typeof total === 'number' && total > 0 ? extracting * Math.min(1, current / total) : 0;
}

function text(event: unknown, field: string): string | undefined {
  const value: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, field) : undefined;
  return typeof value === 'string' ? value : undefined;
}
