import type { Cluster, ClusterProvider, ClusterRequest, ClusterStatus, Finding } from '../../core/cluster.js';
import { Registry } from '../../core/registry.js';
import type { ProviderEntry } from '../providers.js';

export interface Fake {
  readonly entry: ProviderEntry;
  /** What was asked of it, in order. */
  readonly calls: string[];
  readonly requests: ClusterRequest[];
}

export interface FakeOptions {
  readonly kind?: string;
  readonly reuses?: boolean;
  readonly keepsPorts?: boolean;
  readonly there?: readonly Partial<ClusterStatus>[];
  readonly findings?: readonly Finding[];
  /** What happens in `create`, before the cluster is there. */
  readonly creating?: (request: ClusterRequest) => Promise<void>;
  readonly applying?: () => Promise<void>;
  /** The cluster can be left to whoever makes one of its name next. */
  readonly leaves?: boolean;
  readonly disposing?: () => Promise<void>;
  readonly status?: () => Promise<readonly ClusterStatus[]>;
  readonly down?: (name: string) => Promise<readonly string[]>;
}

/** For tests alone: a provider that makes nothing and remembers what it was asked. */
export function fakeProvider(options: FakeOptions = {}): Fake {
  const { kind = 'kind' } = options;
  const calls: string[] = [];
  const requests: ClusterRequest[] = [];
  const there = (options.there ?? []).map((one) => fakeStatus({ provider: kind, ...one }));
  const provider: ClusterProvider = {
    kind,
    preflight: async () => options.findings ?? [],
    check: () => void calls.push('check'),
    create: async (request) => {
      calls.push(`create ${request.name}${request.fresh ? ' fresh' : ''}${request.publish ? ' publish' : ''}`);
      requests.push(request);
      await options.creating?.(request);
      return fakeCluster(kind, calls, options);
    },
    status: options.status ?? (async () => there),
    down: async (name) => {
      calls.push(`down ${name}`);
      return options.down?.(name) ?? there.filter((one) => one.name === name && one.ours).map((one) => one.name);
    },
  };
  const entry = { kind, reuses: options.reuses ?? true, keepsPorts: options.keepsPorts ?? true, load: async () => provider };
  return { entry, calls, requests };
}

export function registryOf(...fakes: readonly Fake[]): Registry<ProviderEntry> {
  return new Registry(
    'cluster',
    fakes.map(({ entry }) => entry),
  );
}

export function fakeStatus(changes: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    provider: 'kind',
    name: 'myk8s',
    state: 'running',
    ours: true,
    nodes: [{ name: 'myk8s-worker', state: 'running', address: '172.18.0.3' }],
    enter: ['go', 'in'],
    end: ['end', 'it'],
    ...changes,
  };
}

function fakeCluster(provider: string, calls: string[], options: FakeOptions): Cluster {
  const notAsked = (): never => {
    throw new Error('nobody asks for this here');
  };
  return {
    provider,
    name: 'myk8s',
    podSubnet: '',
    serviceSubnet: '',
    executor: notAsked,
    patch: notAsked,
    setProxyMode: notAsked,
    outside: notAsked,
    facts: notAsked,
    delete: notAsked,
    objects: async () => [],
    versions: notAsked,
    apply: async (manifests) => {
      calls.push(`apply ${manifests.length}`);
      await options.applying?.();
    },
    ...(options.leaves ? { leave: async () => void calls.push('leave') } : {}),
    keep: async () => {
      calls.push('keep');
      return { enter: ['go', 'in'], end: ['end', 'it'] };
    },
    [Symbol.asyncDispose]: async () => {
      calls.push('dispose');
      await options.disposing?.();
    },
  };
}
