/**
 * What svclab and the agent inside the sandbox say to each other, as JSON over Node's IPC channel.
 * A request is answered by one reply with its id; a started command also sends events until it has ended.
 */
export interface CommandSpec {
  /** The namespace (`myk8s-worker`, `pod-default-net-pod`); empty for the sandbox's own. */
  readonly namespace: string;
  readonly argv: readonly string[];
  /** Variables besides those that every command gets. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface NamespaceSpec {
  readonly name: string;
  /** A UTS namespace with this host name is made as well. */
  readonly hostname?: string;
  /** Paths under /proc/sys and what to write there, in the new namespace. */
  readonly sysctls: Readonly<Record<string, string>>;
}

export interface ServeSpec {
  readonly namespace: string;
  readonly image: string;
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A Service port that a proxy of the userspace mode serves. */
export interface ProxySpec {
  readonly id: string;
  /** `address:port` of each. */
  readonly endpoints: readonly string[];
  /** How long a client stays with its endpoint; undefined where it does not. */
  readonly stickySeconds?: number;
}

export interface StartRequest {
  readonly op: 'start';
  readonly command: CommandSpec;
  readonly tag: number;
  readonly stdoutFile: string | undefined;
  /** Its standard input stays open, for `input`. */
  readonly asked: boolean;
  /** What it writes to its standard output, where that is no file, is sent as events. */
  readonly heard: boolean;
}

export type Request =
  | { readonly op: 'namespaces'; readonly add: readonly NamespaceSpec[] }
  | { readonly op: 'remove-namespace'; readonly name: string }
  | { readonly op: 'run'; readonly command: CommandSpec; readonly input?: string; readonly timeoutMs: number; readonly tag: number }
  | StartRequest
  | { readonly op: 'input'; readonly tag: number; readonly text: string }
  | { readonly op: 'signal'; readonly tag: number; readonly signal: string }
  | { readonly op: 'serve'; readonly pod: ServeSpec }
  | { readonly op: 'stop-serving'; readonly namespaces: readonly string[] }
  | { readonly op: 'proxy'; readonly namespace: string; readonly ports: readonly ProxySpec[] }
  | { readonly op: 'publish'; readonly address: string; readonly port: number }
  | { readonly op: 'keep' };

export type RequestMessage = Request & { readonly id: number };

/** How a command inside the sandbox ended. */
export interface Ended {
  readonly how: 'exit' | 'signal' | 'timeout' | 'not-started';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value?: Ended | { readonly ports: readonly number[] } }
  | { readonly id: number; readonly ok: false; readonly error: string; readonly code: string };

export type AgentEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'stdout' | 'stderr'; readonly tag: number; readonly text: string }
  | { readonly event: 'ended'; readonly tag: number; readonly result: Ended };

export type AgentMessage = Reply | AgentEvent;
