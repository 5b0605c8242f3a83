import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent, type RequestOptions, request as requestHttps } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { EnvironmentError } from '../../core/errors.js';
import { fieldsOf, itemsOf, textOf } from '../../objects/source/pick.js';

/** A change may wait for others in a cluster that has just come up. Milliseconds. */
const patience = { GET: 10_000, PATCH: 60_000, DELETE: 60_000 } as const;

/** The way to an API server. */
export interface Connection {
  readonly server: URL;
  /** Over a connection that is kept, and over a new one. */
  readonly options: { readonly kept: RequestOptions; readonly new: RequestOptions };
}

export interface Question {
  readonly path: string;
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  /** With its media type. */
  readonly body?: { readonly type: string; readonly text: string };
}

export interface Reply {
  /** The HTTP status. */
  readonly status: number;
  readonly text: string;
  /** Nothing was done, and it may be asked again after so many milliseconds. */
  readonly retryAfterMs?: number;
}

/** Of the first cluster and the first user, as kind and kubeadm write the file. */
export async function readKubeconfig(file: string): Promise<Connection> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new EnvironmentError(`the kubeconfig ${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
  const config: unknown = parse(text);
  const first = (list: string, entry: string) => fieldsOf(fieldsOf(itemsOf(fieldsOf(config)[list])[0])[entry]);
  const [cluster, user] = [first('clusters', 'cluster'), first('users', 'user')];
  const server = textOf(cluster['server']);
  if (server === undefined) throw new EnvironmentError(`the kubeconfig ${file} names no server`);
  const data = (value: unknown) => Buffer.from(textOf(value) ?? '', 'base64');
  const secrets = {
    ca: data(cluster['certificate-authority-data']),
    cert: data(user['client-certificate-data']),
    key: data(user['client-key-data']),
  };
  const url = new URL(server);
  if (url.protocol !== 'https:') return { server: url, options: { kept: {}, new: { agent: false } } };
  return { server: url, options: { kept: { agent: new Agent({ keepAlive: true, ...secrets }) }, new: { agent: new Agent(secrets) } } };
}

/**
 * Where the API server has no time for it, it is asked again when it says so (client-go v0.31.0, rest/with_retry.go), as long as there is patience left.
 * @throws EnvironmentError where nothing answers in time; the signal's reason.
 */
export async function ask(connection: Connection, question: Question, signal: AbortSignal): Promise<Reply> {
  const until = performance.now() + patience[question.method];
  for (;;) {
    const reply = await askOnce(connection, question, signal);
    const { retryAfterMs } = reply;
    if (retryAfterMs === undefined || performance.now() + retryAfterMs > until) return reply;
    await delay(retryAfterMs, undefined, { signal }).catch(() => {});
  }
}

async function askOnce({ server, options }: Connection, { path, method, body }: Question, signal: AbortSignal): Promise<Reply> {
  signal.throwIfAborted();
  // Node gives a DELETE no length of itself (nodejs.org/api/http.html, request.end), and then nobody reads what it holds.
  const content = body === undefined ? {} : { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.text) };
  const headers = { Accept: 'application/json', ...content };
  // A connection that is kept may be closed at the other end just when it is used again, and then it is asked once more: nothing is to be deleted twice.
  const over = method === 'DELETE' ? options.new : options.kept;
  const patienceMs = patience[method];
  const once = () =>
    new Promise<Reply>((resolve, reject) => {
      const request = (server.protocol === 'https:' ? requestHttps : requestHttp)(
        new URL(path, server),
        { ...over, method, signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]), headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ ...busy(response), status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          );
          response.on('error', reject);
        },
      );
      request.on('error', (error) =>
        reject(request.reusedSocket && error.name !== 'AbortError' ? new StaleConnection(error.message, { cause: error }) : error),
      );
      request.end(body?.text);
    });
  try {
    return await once().catch((error: unknown) => {
      // The other side may have closed a connection that was kept, just when it was used again; a new one tells. Patience is not given twice.
      if (error instanceof StaleConnection && !signal.aborted) return once();
      throw error;
    });
  } catch (cause) {
    signal.throwIfAborted();
    const why =
      cause instanceof Error ? (cause.name === 'AbortError' ? `timed out after ${patienceMs / 1000} s` : cause.message) : String(cause);
    throw new EnvironmentError(`the API server at ${server.host} does not answer: ${why}`, { cause });
  }
}

/** One that says 0 is not asked without a pause. */
const leastMs = 100;

/** Too many requests (429), or not at its service just now (503), in both cases with a time in seconds (RFC 9110, 10.2.3). */
function busy({ statusCode, headers }: IncomingMessage): Pick<Reply, 'retryAfterMs'> {
  const seconds = headers['retry-after'] ?? '';
  return (statusCode === 429 || statusCode === 503) && /^\d+$/.test(seconds)
    ? { retryAfterMs: Math.max(Number(seconds) * 1_000, leastMs) }
    : {};
}

class StaleConnection extends Error {}
