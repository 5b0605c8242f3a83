import type { Warning } from './errors.js';
import type { Executor, Place } from './executor.js';
import type { Text } from './text.js';

/** A Kubernetes object as the API server would show it (`kubectl get -o json`). */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** How kube-proxy has the kernel carry Services (`kubeProxyMode` of a kind config; `userspace` went with Kubernetes v1.26). */
export type ProxyMode = 'iptables' | 'nftables' | 'ipvs' | 'userspace';

/** A machine on the nodes' network that is no part of the cluster, in the form of an object, so that it can be kept beside them. */
export interface OutsideClient extends KubeObject {
  readonly apiVersion: 'svclab/v1';
  readonly kind: 'Client';
  readonly status: { readonly address: string };
}

/** What a cluster is laid out with, in the form of an object, so that it can be kept beside the others. */
export interface ClusterFacts extends KubeObject {
  readonly apiVersion: 'svclab/v1';
  readonly kind: 'Cluster';
  readonly spec: {
    readonly podSubnet: string;
    readonly serviceSubnet: string;
    /** The range of the network that the nodes are on, and the address of the machine that runs them on it. */
    readonly nodeSubnet: string;
    readonly gateway: string;
  };
}

/** `pod/net-pod`, `svc/svc-clusterip`, `node/myk8s-worker`, with the namespace before the name where it is not default. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ManifestSource {
  /** Path shown in messages. */
  readonly file: string;
  readonly text: string;
  /** What the text says, where a program wrote it: it is then parsed only to show where a problem is. */
  readonly value?: unknown;
}

export interface ClusterRequest {
  /** `labs/myk8s.kind.yaml`: a plain kind config that every provider reads. */
  readonly config: ManifestSource;
  readonly name: string;
  /** What will be applied first: where a cluster takes long to make, a provider may begin with it meanwhile. */
  readonly manifests?: readonly ManifestSource[];
  /** Bind the config's extraPortMappings on this machine's 127.0.0.1. */
  readonly publish: boolean;
  /** Ends a cluster of that name that svclab made, and makes a new one. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  readonly warn: (warning: Warning) => void;
  /** What is being done now, in a few words; each replaces the last. */
  readonly progress: (text: Text) => void;
  /** A folder for the logs of a cluster that could not be made; it is there when this resolves. */
  readonly logs: () => Promise<string>;
}

/** A cluster that is there, or what is left of one. */
export interface ClusterStatus {
  readonly provider: string;
  readonly name: string;
  /** `broken`: parts of it have ended. */
  readonly state: 'running' | 'stopped' | 'broken';
  /** svclab made it; another's is never changed. */
  readonly ours: boolean;
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly address: string }[];
  /** Commands that lead into it and that end it. */
  readonly enter: readonly string[];
  readonly end: readonly string[];
}

/** What a machine has and lacks for a provider; `hint` says what to type. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly hint?: string;
}

export interface ClusterProvider {
  readonly kind: string;
  preflight(signal: AbortSignal): Promise<readonly Finding[]>;
  /** Reads what a lab will ask for, before anything is started. @throws InputError with every problem. */
  check(config: ManifestSource, manifests: readonly ManifestSource[]): void;
  /** @throws UnmetError, InputError, EnvironmentError; nothing is left behind when it throws. */
  create(request: ClusterRequest): Promise<Cluster>;
  /** The clusters of this kind that run apart from any svclab process, other people's included. @throws UnmetError where it cannot be asked for. */
  status(signal: AbortSignal): Promise<readonly ClusterStatus[]>;
  /**
   * Ends the clusters of that name that svclab made, and gives the words that say what was ended: none when there is none.
   * @throws UsageError when one of that name is there and svclab did not make it; UnmetError where it cannot be asked for.
   */
  down(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

export interface Cluster extends AsyncDisposable {
  readonly provider: string;
  readonly name: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** @throws UsageError when the place is not there. */
  executor(place: Place): Executor;
  /**
   * Told before `apply`: commands will be run at these places, so what it takes to reach them may begin as soon as they are there. A hint, on which nothing depends;
   * absent where every place is reached at once.
   */
  expect?(places: readonly Place[]): void;
  /** Applies manifests and returns when what they ask for is ready and the rules for it are in place on every node. */
  apply(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<void>;
  /**
   * A JSON merge patch (RFC 7386), as `kubectl patch --type merge`; returns when its effects are in place. Pods that it takes away, such as a Deployment's, may
   * still be ending then, where no rule leads to them; `apply` and `delete` wait for their end too.
   */
  patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
  delete(ref: ObjectRef, signal: AbortSignal): Promise<void>;
  /**
   * Has kube-proxy work in that mode on every node; returns when its rules are in place and those of the mode before are gone. Nothing is done where it is so already.
   * @throws UnmetError where the kernel or the cluster lacks the mode.
   */
  setProxyMode(mode: ProxyMode, signal: AbortSignal): Promise<void>;
  /** The mode in which kube-proxy works on every node now; undefined where that is not known, or not the same everywhere. */
  readonly proxyMode?: ProxyMode | undefined;
  /**
   * Has kube-proxy on these nodes alone start anew in that mode and write all of its rules, or stop, which leaves its rules as they are. Absent where nodes cannot
   * be treated one by one.
   * @throws UnmetError where the kernel or the cluster lacks the mode.
   */
  setNodeProxies?(nodes: readonly string[], mode: ProxyMode | 'stopped', signal: AbortSignal): Promise<void>;
  /** The client outside the cluster of that name. @throws UsageError when there is none. */
  outside(name: string, signal: AbortSignal): Promise<OutsideClient>;
  facts(signal: AbortSignal): Promise<ClusterFacts>;
  /** Every Node, Pod, Service, EndpointSlice and Deployment. */
  objects(signal: AbortSignal): Promise<readonly KubeObject[]>;
  /** Versions of what the evidence depends on: kernel, iptables, tcpdump, Kubernetes. */
  versions(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Takes away what was applied, and leaves the cluster running for the next who makes one of its name; only on clusters that are used again. */
  readonly leave?: () => Promise<void>;
  /** Leaves the cluster running after this process; says how to enter and how to end it. */
  keep(): Promise<{ readonly enter: readonly string[]; readonly end: readonly string[] }>;
}
