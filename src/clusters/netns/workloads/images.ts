import type { RequestListener, ServerOptions } from 'node:http';
import { UsageError } from '../../../core/errors.js';
import { echo } from './echo.js';
import type { PodIdentity } from './pod-identity.js';
import { whoami } from './whoami.js';
import { readWhoamiFlags } from './whoami-flags.js';

/** What a manifest says of a container, as far as an image depends on it. */
export interface ContainerSpec {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A container, and the pod that it runs in. */
export interface PodSpec extends ContainerSpec {
  readonly hostname: string;
  readonly addresses: readonly string[];
}

/** What a pod runs: a server inside the cluster's own process, for `http.createServer(serverOptions, handler)`, or a command. */
export type Workload =
  | { readonly kind: 'server'; readonly ports: readonly number[]; readonly serverOptions: ServerOptions; readonly handler: RequestListener }
  | { readonly kind: 'process'; readonly argv: readonly string[] };

/**
 * What a pod runs.
 * @throws UsageError when `planContainer` finds a fault.
 */
export function image(pod: PodSpec): Workload {
  const plan = planContainer(pod);
  if (plan.kind === 'fault') throw new UsageError(plan.message, { hint: plan.hint });
  if (plan.kind === 'process') return plan;
  const { kind, ports, serverOptions } = plan;
  return { kind, ports, serverOptions, handler: plan.handler({ name: pod.hostname, addresses: pod.addresses, env: pod.env ?? {} }) };
}

/** A program that runs inside the cluster's own process and answers HTTP on each of its ports, on every address of the pod. */
export interface ServerPlan {
  readonly kind: 'server';
  readonly image: string;
  readonly ports: readonly number[];
  /** For `http.createServer`: the limits of the original's HTTP server. */
  readonly serverOptions: ServerOptions;
  /** Made once a pod. `pod.env` must hold the container's variables. */
  handler(pod: PodIdentity): RequestListener;
  /** What the container asks for and does not get, one sentence each. */
  readonly warnings: readonly string[];
}

/** A command to run with the machine's own tools. */
export interface ProcessPlan {
  readonly kind: 'process';
  readonly image: string;
  readonly argv: readonly string[];
  readonly warnings: readonly string[];
}

/** Why this container cannot run here, and the field of the manifest to blame. */
export interface Fault {
  readonly kind: 'fault';
  readonly field: 'image' | 'command' | 'args' | 'env';
  readonly message: string;
  readonly hint: string;
}

export type ContainerPlan = ServerPlan | ProcessPlan | Fault;

/** What to run for a container. Pure: the same answer for the same container, wherever it is asked. */
export function planContainer(container: ContainerSpec): ContainerPlan {
  const name = imageName(container.image);
  const found = name === undefined ? undefined : images.get(name);
  if (found === undefined) {
    return {
      kind: 'fault',
      field: 'image',
      message: `the embedded cluster has no image '${container.image}'`,
      hint: `it has ${knownImages.join(', ')}; for any other image use --cluster kind`,
    };
  }
  return found.plan(container);
}

/** True for `traefik/whoami`, `docker.io/traefik/whoami:v1.10`, `traefik/whoami@sha256:...`, and so for each known image. */
export function isKnownImage(reference: string): boolean {
  return imageName(reference) !== undefined;
}

interface Image {
  readonly name: string;
  plan(container: ContainerSpec): ContainerPlan;
}

const whoamiImage: Image = {
  name: 'traefik/whoami',
  plan({ image, command = [], args = [], env = {} }) {
    if (command.length > 0) return commandFault(image, command);
    const flags = readWhoamiFlags(args);
    if ('fault' in flags) return { kind: 'fault', field: 'args', message: flags.fault, hint: flags.hint };
    const asked = flags.port ?? (env.WHOAMI_PORT_NUMBER || '80');
    const port = readPort(asked);
    if (port === undefined) return portFault(flags.port === undefined ? 'env' : 'args', asked);
    return {
      kind: 'server',
      image: whoamiImage.name,
      ports: [port],
      // Go's DefaultMaxHeaderBytes with its slack, and no timeout of any kind; the handler itself refuses a missing Host.
      serverOptions: {
        maxHeaderSize: (1 << 20) + 4096,
        keepAliveTimeout: 0,
        requestTimeout: 0,
        headersTimeout: 0,
        requireHostHeader: false,
      },
      handler: (pod) => whoami(pod, flags),
      warnings: [],
    };
  },
};

/** Variables of the echo image that change its answers, and that this one does not know. */
const unknownToEcho = [
  'JWT_HEADER',
  'MTLS_ENABLE',
  'OVERRIDE_RESPONSE_BODY_FILE_PATH',
  'PRESERVE_HEADER_CASE',
  'PROMETHEUS_ENABLED',
  'COOKIE_SECRET',
];

const echoImage: Image = {
  name: 'mendhak/http-https-echo',
  plan({ image, command = [], args = [], env = {} }) {
    if (command.length > 0) return commandFault(image, command);
    if (args.length > 0) {
      return {
        kind: 'fault',
        field: 'args',
        message: `${image} runs inside the embedded cluster and takes no args (${args.join(' ')})`,
        hint: 'set its port with the variable HTTP_PORT, or use --cluster kind',
      };
    }
    const asked = env.HTTP_PORT || '8080';
    const port = readPort(asked);
    if (port === undefined) return portFault('env', asked);
    return {
      kind: 'server',
      image: echoImage.name,
      ports: [port],
      serverOptions: {},
      handler: echo,
      warnings: [
        ...unknownToEcho.filter((name) => env[name]).map((name) => `${image}: the embedded cluster does not honour the variable ${name}`),
        ...(env.HTTPS_PORT ? [`${image}: the embedded cluster serves HTTP only, HTTPS_PORT has no effect`] : []),
      ],
    };
  },
};

const netshootImage: Image = {
  name: 'nicolaka/netshoot',
  plan({ image, command = [], args = [] }) {
    // The image has no entrypoint, so that args alone take the place of its default command.
    const argv = [...command, ...args];
    if (argv.length === 0) {
      return {
        kind: 'fault',
        field: 'command',
        message: `${image} without a command starts zsh, which ends at once where there is no terminal: Kubernetes would restart it again and again (CrashLoopBackOff)`,
        hint: 'give it a command, such as ["sleep", "infinity"]',
      };
    }
    return { kind: 'process', image: netshootImage.name, argv, warnings: [] };
  },
};

const images: ReadonlyMap<string, Image> = new Map([whoamiImage, echoImage, netshootImage].map((entry) => [entry.name, entry]));

/** The names without registry, tag and digest. */
export const knownImages: readonly string[] = [...images.keys()];

/** The known name in an image reference (`distribution/reference`: registry, name, tag, digest); undefined when there is none. */
function imageName(reference: string): string | undefined {
  const match = /^(?:(?:index\.)?docker\.io\/)?([a-z0-9._/-]+)(?::\w[\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?$/.exec(reference);
  const name = match?.[1];
  return name !== undefined && images.has(name) ? name : undefined;
}

function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

function portFault(field: 'args' | 'env', asked: string): Fault {
  return { kind: 'fault', field, message: `'${asked}' is no port to listen on`, hint: 'a port is a number from 1 to 65535' };
}

function commandFault(image: string, command: readonly string[]): Fault {
  return {
    kind: 'fault',
    field: 'command',
    message: `${image} runs inside the embedded cluster and cannot run another command (${command.join(' ')})`,
    hint: 'leave the command out, or use --cluster kind',
  };
}
