import { z } from 'zod';
import { fieldNotes } from '../objects/source/schema-walk.js';

export type RoleKind = (typeof roleKinds)[number];

/** What a role stands for: a pod, a Service, the endpoints of a Service, a node, or a client outside the cluster. */
export interface RoleRef {
  readonly role: string;
  readonly kind: RoleKind;
  readonly namespace: string;
  /** The name of the pod, the Service, the node or the client. */
  readonly name: string;
}

/**
 * Where something happens, or what an expectation is about. `backend` is the endpoint that answered, known after the step alone;
 * `other-nodes` are the nodes that the role `client` does not run on.
 */
export type RoleExpression =
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'node'; readonly role: string }
  /** The node's own programs and files. */
  | { readonly kind: 'machine'; readonly role: string }
  | { readonly kind: 'nodes'; readonly role: string }
  | { readonly kind: 'endpoint'; readonly role: string; readonly index: number }
  | { readonly kind: 'endpoint-node'; readonly role: string; readonly index: number }
  | { readonly kind: 'every-node' }
  | { readonly kind: 'every-machine' }
  /** This machine. */
  | { readonly kind: 'host' }
  | { readonly kind: 'other-nodes' };

const roleKinds = ['pod', 'svc', 'endpoints', 'node', 'client'] as const;
/** What has no namespace. */
const clusterWide: readonly RoleKind[] = ['node', 'client'];

export const reservedRoles: readonly string[] = ['nodes', 'machines', 'host', 'other-nodes', 'each', 'requests', 'backend', 'cluster'];

/** `pod/net-pod`, `pod/kube-system/coredns`, `svc/web`, `endpoints/web`, `node/myk8s-worker`, `client/mypc`; undefined for any other text. */
export function parseRoleRef(role: string, text: string): RoleRef | undefined {
  const [first = '', ...rest] = text.split('/');
  const kind = roleKinds.find((k) => k === first);
  const name = rest.at(-1);
  if (kind === undefined || name === undefined || rest.length > 2 || !rest.every((part) => /^[a-z0-9][-a-z0-9.]*$/.test(part)))
    return undefined;
  if (clusterWide.includes(kind) && rest.length > 1) return undefined;
  return { role, kind, namespace: rest.length === 2 ? (rest[0] ?? '') : 'default', name };
}

/** `client`, `client.node`, `worker.machine`, `backends.nodes`, `backends.0`, `backends.0.node`, `nodes`, `machines`, `other-nodes`, `host`; undefined for any other text. */
export function parseRoleExpression(text: string): RoleExpression | undefined {
  if (text === 'nodes') return { kind: 'every-node' };
  if (text === 'machines') return { kind: 'every-machine' };
  if (text === 'host') return { kind: 'host' };
  if (text === 'other-nodes') return { kind: 'other-nodes' };
  const match = /^([a-z][a-z0-9-]*)(?:\.(nodes?|machine|(0|[1-9]\d{0,3})(\.node)?))?$/.exec(text);
  if (match === null) return undefined;
  const [, role = '', path, index, node] = match;
  if (path === undefined) return { kind: 'role', role };
  if (index !== undefined) return { kind: node === undefined ? 'endpoint' : 'endpoint-node', role, index: Number(index) };
  return { kind: path === 'node' || path === 'machine' ? path : 'nodes', role };
}

/** For the options of a check that name a role: lab files are checked for roles that are not declared. */
export function roleExpression(description = 'a role, such as client, client.node, backends or backends.0'): z.ZodString {
  return z
    .string()
    .check((context) => {
      if (parseRoleExpression(context.value) === undefined) {
        context.issues.push({
          code: 'custom',
          message: 'is not a role expression',
          params: { expected: description },
          input: context.value,
        });
      }
    })
    .describe(description)
    .register(fieldNotes, { role: true, hint: 'write it without a $' });
}
