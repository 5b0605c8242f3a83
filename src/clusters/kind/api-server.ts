import type { KubeObject, ObjectRef } from '../../core/cluster.js';
import { EnvironmentError, UsageError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { fieldsOf, itemsOf, textOf } from '../../objects/source/pick.js';
import { ask, type Connection, type Question, type Reply, readKubeconfig } from './api-connection.js';

/** Where objects of a kind are, of all namespaces. */
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
 * The API server, with the credentials of a kubeconfig. kubectl is a program that takes a tenth of a second of this machine to start, and half of one before it applies
 * anything; and a run looks a hundred times.
 */
export class ApiServer {
  readonly #kubeconfig: string;
  #connection: Promise<Connection> | undefined;
  /** By `v1`, `apps/v1`, once they are known. */
  readonly #resources = new Map<string, readonly Resource[]>();

  /** @param kubeconfig a file, read at the first question. */
  constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  /** All objects of these kinds, kind by kind. @throws EnvironmentError with what the API server, or the connection, says; the signal's reason. */
  async list(kinds: readonly Listed[], signal: AbortSignal): Promise<readonly KubeObject[]> {
    const lists = await Promise.all(kinds.map(async (kind) => objectsOf(kind, await this.get(paths[kind], signal))));
    return lists.flat();
  }

  /** The pods but for the cluster's own, which are most of the text. @throws as `list`. */
  async workloadPods(signal: AbortSignal): Promise<readonly KubeObject[]> {
    return objectsOf('Pod', await this.get(`${paths.Pod}?fieldSelector=metadata.namespace%21%3Dkube-system`, signal));
  }

  /** @param path such as `/api/v1/namespaces/default/pods/net-pod`. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const { status, text } = await this.#ask({ path, method: 'GET' }, signal);
    if (status === 200) return JSON.parse(text);
    throw new EnvironmentError(`the API server does not show ${path}: ${messageOf(text) ?? `status ${status}`}`);
  }

  /**
   * Makes the object what the manifest says, whether it is there or not (server-side apply); a field that is not known is an error.
   * @throws UsageError where the API server refuses it, EnvironmentError, the signal's reason.
   */
  async apply(object: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    const { managedFields: _, ...metadata } = fieldsOf(object['metadata']);
    const path = `${await this.#pathOf(object, signal)}?fieldManager=svclab&force=true&fieldValidation=Strict`;
    // JSON is YAML.
    const body = { type: 'application/apply-patch+yaml', text: JSON.stringify({ ...object, metadata }) };
    await this.#change({ path, method: 'PATCH', body }, signal);
  }

  /** @param patch a merge patch (RFC 7396). @throws UsageError where the API server refuses it, EnvironmentError, the signal's reason. */
  patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    const body = { type: 'application/merge-patch+json', text: JSON.stringify(patch) };
    return this.#change({ path: pathOf(ref), method: 'PATCH', body }, signal);
  }

  /**
   * Adds an ephemeral container to a pod, as `kubectl debug` does; its kubelet starts it when the pod has its network.
   * @throws UsageError where the API server refuses it, EnvironmentError, the signal's reason.
   */
  addEphemeralContainer(
    pod: { readonly namespace: string; readonly name: string },
    container: EphemeralContainer,
    signal: AbortSignal,
  ): Promise<void> {
    const path = `${pathOf({ kind: 'Pod', ...pod })}/ephemeralcontainers`;
    // Those that are there stay: the list is merged by name.
    const body = { type: 'application/strategic-merge-patch+json', text: JSON.stringify({ spec: { ephemeralContainers: [container] } }) };
    return this.#change({ path, method: 'PATCH', body }, signal);
  }

  /** What the object owns goes after it. @throws UsageError where the API server refuses it, EnvironmentError, the signal's reason. */
  delete(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    return this.#change({ path: pathOf(ref), method: 'DELETE', body: inTheBackground }, signal);
  }

  /**
   * Deletes them all at once and waits until they are gone, or others by the same name are there; one that is not there is gone.
   * @throws EnvironmentError that names one that is still there, UsageError for a kind that the API server does not know, the signal's reason.
   */
  async deleteAll(objects: readonly Readonly<Record<string, unknown>>[], timeoutMs: number, signal: AbortSignal): Promise<void> {
    const all: string[] = [];
    for (const object of objects) all.push(await this.#pathOf(object, signal));
    await Promise.all(
      all.map(async (path) => {
        const { status, text } = await this.#ask({ path, method: 'DELETE', body: inTheBackground }, signal);
        if (status === 404) return;
        if (status >= 300) throw new EnvironmentError(`the API server does not delete ${path}: ${messageOf(text) ?? `status ${status}`}`);
        const look = async (): Promise<'gone' | undefined> => {
          const now = await this.#ask({ path, method: 'GET' }, signal);
          return now.status === 404 || (now.status === 200 && uidOf(now.text) !== uidOf(text)) ? 'gone' : undefined;
        };
        // An API server that does not answer will not tell either.
        const found = await waitFor(`${path} to be gone`, () => look().catch(asError), { intervalMs: 100, timeoutMs, signal });
        if (found !== 'gone') throw found;
      }),
    );
  }

  async #pathOf(object: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<string> {
    const [apiVersion, kind] = [String(object['apiVersion']), String(object['kind'])];
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.#resources.get(apiVersion) ?? (await this.#resourcesAt(base, signal));
    this.#resources.set(apiVersion, known);
    const resource = known.find((one) => one.kind === kind);
    if (resource === undefined) throw new UsageError(`the API server knows no kind ${kind} in ${apiVersion}`);
    const { namespace = 'default', name } = fieldsOf(object['metadata']);
    return objectPath(base, resource.namespaced ? namespace : undefined, resource.plural, name);
  }

  /** None where there is no such group or version. */
  async #resourcesAt(base: string, signal: AbortSignal): Promise<readonly Resource[]> {
    const { status, text } = await this.#ask({ path: base, method: 'GET' }, signal);
    if (status !== 200 && status !== 404)
      throw new EnvironmentError(`the API server does not show ${base}: ${messageOf(text) ?? `status ${status}`}`);
    // `pods/status` and the like are parts of one.
    return itemsOf(fieldsOf(status === 404 ? {} : JSON.parse(text))['resources'])
      .map(fieldsOf)
      .map(({ kind, name, namespaced }) => ({ kind: String(kind), plural: String(name), namespaced: namespaced === true }))
      .filter(({ plural }) => !plural.includes('/'));
  }

  async #change(question: Question, signal: AbortSignal): Promise<void> {
    const { status, text } = await this.#ask(question, signal);
    if (status >= 200 && status < 300) return;
    const message = messageOf(text) ?? `status ${status}`;
    if (isRefusal(status, message)) throw new UsageError(`the API server refuses it: ${message}`);
    throw new EnvironmentError(`the API server does not change ${question.path.split('?')[0]}: ${message}`);
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Reply> {
    this.#connection ??= readKubeconfig(this.#kubeconfig);
    const connection = await this.#connection.catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return ask(connection, question, signal);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** What an object owns goes after it. */
const inTheBackground = {
  type: 'application/json',
  text: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' }),
};

/** Of an object, or of the `Status` that tells of its end. */
function uidOf(text: string): unknown {
  const { metadata, details } = fieldsOf(JSON.parse(text));
  return fieldsOf(metadata)['uid'] ?? fieldsOf(details)['uid'];
}

/** Part of EphemeralContainer (k8s.io/api/core/v1, types.go). */
export interface EphemeralContainer {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: 'Never';
  readonly command: readonly string[];
  readonly securityContext: { readonly capabilities: { readonly add: readonly string[] } };
}

/** A kind of objects, as the API server lists them (APIResourceList, k8s.io/apimachinery/pkg/apis/meta/v1, types.go). */
interface Resource {
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The request is understood, and what it asks for cannot be: BadRequest, Forbidden, NotFound, Invalid (apimachinery v0.31.0, pkg/api/errors). */
const refusals: readonly number[] = [400, 403, 404, 422];

/** A field that is not in the schema is told of as an internal error (apiserver v0.31.0, pkg/endpoints/handlers/patch.go, applyPatcher; apimachinery, pkg/util/managedfields/internal/structuredmerge.go). */
function isRefusal(status: number, message: string): boolean {
  return refusals.includes(status) || (status === 500 && message.startsWith('failed to create typed patch object'));
}

function pathOf({ kind, namespace, name }: ObjectRef): string {
  const path = Object.entries(paths).find(([known]) => known === kind)?.[1];
  if (path === undefined) throw new UsageError(`objects of the kind ${kind} are not known here`);
  const [, group = '', plural = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
  return objectPath(group, kind === 'Node' ? undefined : namespace, plural, name);
}

/** @param namespace undefined for an object that is in none. */
function objectPath(base: string, namespace: unknown, plural: string, name: unknown): string {
  return [base, ...(namespace === undefined ? [] : ['namespaces', namespace]), plural, name].join('/');
}

/** Of a `Status`, with which the API server answers what it does not do. */
function messageOf(text: string): string | undefined {
  try {
    return textOf(fieldsOf(JSON.parse(text))['message']);
  } catch {
    return undefined;
  }
}

/** An item of a list does not say its own kind; and who last wrote which field is of no use here, and long. */
function objectsOf(kind: Listed, list: unknown): readonly KubeObject[] {
  const { apiVersion, items } = fieldsOf(list);
  return itemsOf(items).map((item) => {
    const { managedFields: _, name, ...rest } = fieldsOf(fieldsOf(item)['metadata']);
    return { ...fieldsOf(item), apiVersion: String(apiVersion), kind, metadata: { ...rest, name: String(name) } };
  });
}
