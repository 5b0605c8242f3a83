import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { Agent, type RequestOptions, request as requestHttps } from 'node:https';
import { parse } from 'yaml';
import type { KubeObject } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { fieldsOf, itemsOf, textOf } from '../../objects/source/pick.js';

const patienceMs = 10_000;

/** What is listed, under its path. */
const paths = {
  Node: '/api/v1/nodes',
  Pod: '/api/v1/pods',
  Service: '/api/v1/services',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  Deployment: '/apis/apps/v1/deployments',
  Lease: '/apis/coordination.k8s.io/v1/leases',
} as const;

export type Listed = keyof typeof paths;

/**
 * What the API server shows, asked for over one connection with the credentials of a kubeconfig. kubectl, which everything is changed with, is a program that
 * takes a tenth of a second of this machine to start, and a run looks a hundred times.
 */
export class ApiServer {
  readonly #kubeconfig: string;
  #connection: Promise<Connection> | undefined;

  /** @param kubeconfig a file, read at the first question. */
  constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  /** All objects of these kinds, kind by kind. @throws EnvironmentError with what the API server, or the connection, says; the signal's reason. */
  async list(kinds: readonly Listed[], signal: AbortSignal): Promise<readonly KubeObject[]> {
    const lists = await Promise.all(kinds.map(async (kind) => objectsOf(kind, await this.get(paths[kind], signal))));
    return lists.flat();
  }

  /** @param path such as `/api/v1/namespaces/default/pods/net-pod`. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    this.#connection ??= readKubeconfig(this.#kubeconfig);
    const connection = await this.#connection.catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    const { status, text } = await ask(connection, path, signal);
    if (status === 200) return JSON.parse(text);
    throw new EnvironmentError(`the API server does not show ${path}: ${messageOf(text) ?? `status ${status}`}`);
  }
}

interface Connection {
  readonly server: URL;
  readonly options: RequestOptions;
}

/** Of the first cluster and the first user, as kind and kubeadm write the file. */
async function readKubeconfig(file: string): Promise<Connection> {
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
  return { server: url, options: url.protocol === 'https:' ? { agent: new Agent({ keepAlive: true, ...secrets }) } : {} };
}

async function ask(
  { server, options }: Connection,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  signal.throwIfAborted();
  const once = () =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const request = (server.protocol === 'https:' ? requestHttps : requestHttp)(
        new URL(path, server),
        { ...options, signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]), headers: { Accept: 'application/json' } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
          response.on('error', reject);
        },
      );
      request.on('error', (error) =>
        reject(request.reusedSocket && error.name !== 'AbortError' ? new StaleConnection(error.message, { cause: error }) : error),
      );
      request.end();
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

/** Of a `Status`, with which the API server answers what it does not do. */
function messageOf(text: string): string | undefined {
  try {
    return textOf(fieldsOf(JSON.parse(text))['message']);
  } catch {
    return undefined;
  }
}

class StaleConnection extends Error {}

/** An item of a list does not say its own kind; and who last wrote which field is of no use here, and long. */
function objectsOf(kind: Listed, list: unknown): readonly KubeObject[] {
  const { apiVersion, items } = fieldsOf(list);
  return itemsOf(items).map((item) => {
    const { managedFields: _, name, ...rest } = fieldsOf(fieldsOf(item)['metadata']);
    return { ...fieldsOf(item), apiVersion: String(apiVersion), kind, metadata: { ...rest, name: String(name) } };
  });
}
