import type { Path } from '../objects/source/locate.js';
import type { ProblemList } from '../objects/source/problems.js';
import { didYouMean, oneOf } from '../objects/source/suggest.js';
import { literalsIn } from './literals.js';
import { parseRoleExpression, type RoleExpression, type RoleKind } from './roles.js';
import { parseTemplate, type Template } from './template.js';

/** What the names in a lab may lead to. A role that is declared wrongly has no kind: nothing more is said of it. */
export interface Names {
  readonly list: ProblemList;
  readonly roles: ReadonlyMap<string, RoleKind | undefined>;
}

const nodeParts = ['name', 'address', 'podCIDR', 'gateway'];
const nodePaths = ['node', ...nodeParts.map((part) => `node.${part}`)];
const clusterPaths = ['name', 'podSubnet', 'serviceSubnet', 'nodeSubnet', 'gateway'];
const endpointPaths = ['name', 'namespace', 'address', 'port', 'chain', ...nodePaths];
const paths: Readonly<Record<RoleKind, readonly string[]>> = {
  pod: ['name', 'namespace', 'address', ...nodePaths],
  svc: ['name', 'namespace', 'address', 'port', 'targetPort', 'nodePort', 'chain', 'externalChain'],
  endpoints: ['count', ...endpointPaths.map((path) => `0.${path}`)],
  node: nodeParts,
  client: ['name', 'address'],
};

export interface Scope {
  /** What `$each` stands for. */
  readonly each: 'endpoint' | 'node' | 'either' | undefined;
  /** Where the template begins in the text at the path: 0 unless said. */
  readonly start?: number;
}

/** Parses a template and reports references that lead nowhere, and literal addresses and chains. */
export function checkTemplate(names: Names, text: string, path: Path, scope: Scope): Template {
  const { template, faults } = parseTemplate(text);
  const start = scope.start ?? 0;
  for (const { message, hint, text: part, offset } of faults)
    names.list.add(path, { message, hint }, 'value', { text: part, offset: offset + start });
  for (const part of template.parts) {
    if (part.kind !== 'reference') continue;
    const fault = referenceFault(names, part.path, scope);
    if (fault !== undefined) names.list.add(path, fault, 'value', { text: part.text, offset: part.offset + start });
  }
  checkLiterals(names, text, path, { chainAllowed: false });
  return template;
}

export function checkLiterals(names: Names, value: unknown, path: Path, options: { readonly chainAllowed: boolean }): void {
  for (const { path: at, at: where, offset, text, kind } of literalsIn(value, path, options)) {
    const fault =
      kind === 'address'
        ? {
            message: `the literal address ${text}`,
            expected: 'a role: addresses differ from cluster to cluster',
            hint: options.chainAllowed ? 'for example service or client.node' : 'for example $service.address or $client.node.address',
          }
        : {
            message: `the literal chain ${text}`,
            expected: 'a role: the hash differs with name, namespace and port',
            hint: options.chainAllowed ? 'for example service' : 'for example $service.chain or $backends.0.chain',
          };
    names.list.add(at, fault, where, { text, offset });
  }
}

export type Wanted = 'one-place' | 'places' | 'anything';

/** Reports an expression that names no role, or not what is wanted there. `backend` exists in expectations alone. */
export function checkRoleExpression(names: Names, text: string, path: Path, wanted: Wanted): void {
  const expression = parseRoleExpression(text);
  if (expression === undefined) {
    const hint = text.startsWith('$') ? { hint: `write it without the $: ${text.slice(1)}` } : {};
    names.list.add(path, {
      message: `'${text}' is not a role expression`,
      expected: 'client, client.node, backends.nodes, backends.0, backends.0.node, nodes, machines, other-nodes or host',
      ...hint,
    });
    return;
  }
  const fault = expressionFault(names, expression, wanted) ?? placeFault(text, expression, kindOf(names, expression), wanted);
  if (fault !== undefined) names.list.add(path, fault);
}

interface ShortFault {
  readonly message: string;
  readonly expected?: string;
  readonly hint?: string;
}

/** What `each` goes through: the endpoints of a role, and where it may, `nodes`. */
export function checkEach({ list, roles }: Names, each: string, path: Path, allowed: readonly ('endpoints' | 'nodes')[]): void {
  if (each === 'nodes' && allowed.includes('nodes')) return;
  const fitting = [...roles].flatMap(([role, kind]) => (kind === 'endpoints' ? [role] : []));
  if (!roles.has(each)) {
    list.add(path, {
      message: `there is no role '${each}'`,
      expected: fitting.length === 0 ? 'a role that names endpoints' : oneOf(fitting),
      ...didYouMean(each, fitting),
    });
  } else if (roles.get(each) !== undefined && roles.get(each) !== 'endpoints') {
    list.add(path, {
      message: `the role '${each}' does not name endpoints`,
      expected: fitting.length === 0 ? 'endpoints/NAME' : oneOf(fitting),
    });
  }
}

function referenceFault({ roles }: Names, [root = '', ...rest]: readonly string[], scope: Scope): ShortFault | undefined {
  const path = rest.join('.');
  if (root === 'requests') return path === '' ? undefined : { message: '$requests is a number and has no parts', hint: 'write $requests' };
  if (root === 'each') {
    if (scope.each === undefined)
      return { message: '$each stands for nothing here', hint: 'add each: with a role that names endpoints, or with nodes' };
    const known = { node: nodeParts, endpoint: endpointPaths, either: [...new Set([...nodeParts, ...endpointPaths])] }[scope.each];
    return known.includes(path) ? undefined : unknownPath(root, path, known);
  }
  if (root === 'cluster') return clusterPaths.includes(path) ? undefined : unknownPath(root, path, clusterPaths);
  if (!roles.has(root)) return unknownRole(root, [...roles.keys()]);
  const kind = roles.get(root);
  if (kind === undefined) return undefined;
  const normal = kind === 'endpoints' ? path.replace(/^\d{1,4}(?=\.|$)/, '0') : path;
  return paths[kind].includes(normal) ? undefined : unknownPath(root, path, paths[kind]);
}

function unknownPath(root: string, path: string, known: readonly string[]): ShortFault {
  const message = path === '' ? `$${root} needs a part: it is not a text by itself` : `$${root} has no '${path}'`;
  return { message, expected: known.map((k) => `$${root}.${k}`).join(', '), ...(path === '' ? {} : didYouMean(path, known)) };
}

function unknownRole(role: string, roles: readonly string[]): ShortFault {
  return {
    message: `there is no role '${role}'`,
    expected: roles.length === 0 ? 'a role that is declared under roles' : oneOf(roles),
    ...didYouMean(role, roles),
  };
}

function kindOf({ roles }: Names, expression: RoleExpression): RoleKind | undefined {
  return 'role' in expression ? roles.get(expression.role) : undefined;
}

function expressionFault({ roles }: Names, expression: RoleExpression, wanted: Wanted): ShortFault | undefined {
  if (expression.kind === 'every-node' || expression.kind === 'every-machine' || expression.kind === 'host') return undefined;
  if (expression.kind === 'other-nodes') {
    const kind = roles.get('client');
    if (roles.has('client') && (kind === 'pod' || kind === undefined)) return undefined;
    return {
      message: "other-nodes are the nodes without the role 'client', and no such pod is declared",
      hint: 'add client: pod/NAME under roles',
    };
  }
  const { role } = expression;
  if (role === 'backend') {
    if (wanted !== 'anything') return { message: "'backend' is known after the step alone", hint: 'name one of the endpoints: backends.0' };
    return expression.kind === 'role' || expression.kind === 'node'
      ? undefined
      : { message: "'backend' is one endpoint", expected: 'backend or backend.node' };
  }
  if (!roles.has(role))
    return unknownRole(role, [...roles.keys(), 'nodes', 'machines', 'other-nodes', 'host', ...(wanted === 'anything' ? ['backend'] : [])]);
  const kind = roles.get(role);
  const needed = { role: undefined, node: 'pod', machine: 'node', nodes: 'endpoints', endpoint: 'endpoints', 'endpoint-node': 'endpoints' }[
    expression.kind
  ];
  if (kind === undefined || needed === undefined || kind === needed) return undefined;
  const has = {
    pod: `${role} or ${role}.node`,
    svc: role,
    endpoints: `${role}, ${role}.nodes, ${role}.0 or ${role}.0.node`,
    node: `${role} or ${role}.machine`,
    client: role,
  }[kind];
  const what = { pod: 'a pod', svc: 'a Service', endpoints: 'endpoints', node: 'a node', client: 'a client outside' };
  return { message: `the role '${role}' stands for ${what[kind]}, and that has no such part`, expected: has };
}

function placeFault(text: string, expression: RoleExpression, kind: RoleKind | undefined, wanted: Wanted): ShortFault | undefined {
  if (wanted === 'anything') return undefined;
  if (expression.kind === 'role' && kind === 'svc') {
    return { message: `'${text}' is a Service: nothing runs there`, expected: 'a pod or a node' };
  }
  if (wanted === 'places') return undefined;
  const many =
    expression.kind === 'nodes' ||
    expression.kind === 'every-node' ||
    expression.kind === 'every-machine' ||
    expression.kind === 'other-nodes' ||
    (expression.kind === 'role' && kind === 'endpoints');
  return many
    ? { message: `'${text}' is not one place`, expected: 'one pod or one node, such as client, client.node or backends.0' }
    : undefined;
}
