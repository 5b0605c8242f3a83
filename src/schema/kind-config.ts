import type { ManifestSource } from '../core/cluster.js';
import { readDocuments } from '../objects/source/documents.js';
import { fieldsOf, isRecord, itemsOf } from '../objects/source/pick.js';
import { ProblemList, throwProblems } from '../objects/source/problems.js';
import { checkNodes } from './kind-config-nodes.js';
import { type KindConfigInput, kindConfigSchema } from './kind-config-schema.js';
import { checkSubnets } from './kind-config-subnets.js';

export interface PortMapping {
  readonly containerPort: number;
  /** 0 or -1: any free port. */
  readonly hostPort: number;
  readonly listenAddress: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

export interface KindNode {
  /** As kind names it: `myk8s-control-plane`, `myk8s-worker`, `myk8s-worker2`. */
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly labels: Readonly<Record<string, string>>;
  readonly portMappings: readonly PortMapping[];
}

export interface KindConfig {
  readonly name: string;
  readonly nodes: readonly KindNode[];
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly kubeProxyMode: 'iptables' | 'ipvs' | 'nftables';
  /** kube-proxy reads ServiceCIDR objects (the feature gate MultiCIDRServiceAllocator). */
  readonly knowsServiceCIDRs: boolean;
  /** What only a real cluster honours, as paths into the file. */
  readonly notHonoured: readonly string[];
}

/** kind v0.24.0's defaults (`pkg/apis/config/v1alpha4/default.go`). */
const defaults = {
  name: 'kind',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
  kubeProxyMode: 'iptables',
  listenAddress: '0.0.0.0',
} as const;

/**
 * A plain kind config (`kind.x-k8s.io/v1alpha4`), as the embedded cluster can build it.
 * @throws InputError with every problem.
 */
export function loadKindConfig(source: ManifestSource): KindConfig {
  const { documents, problems } = readDocuments(source, 'kubernetes');
  const [document, second] = documents;
  const list = document === undefined ? undefined : new ProblemList(document);
  if (second !== undefined) list?.add([], { message: 'the file holds several documents', expected: 'one cluster a file' });
  const config = list?.read(kindConfigSchema, list.document.value, []);
  if (list !== undefined) {
    const fields = fieldsOf(list.document.value);
    checkNodes(list, fields.nodes, typeof fields.name === 'string' ? fields.name : defaults.name);
    const networking = { podSubnet: defaults.podSubnet, serviceSubnet: defaults.serviceSubnet, ...fieldsOf(fields.networking) };
    checkSubnets(list, networking, Math.max(1, itemsOf(fields.nodes).length));
  }
  throwProblems([...problems, ...(list?.problems ?? [])]);
  if (config === undefined) throw new Error(`${source.file} gave neither a cluster nor a problem`);
  return resolved(config);
}

function resolved(config: KindConfigInput): KindConfig {
  const { networking = {} } = config;
  const name = config.name ?? defaults.name;
  const nodes = config.nodes === undefined || config.nodes.length === 0 ? [{ role: 'control-plane' as const }] : config.nodes;
  return {
    name,
    nodes: named(name, nodes),
    podSubnet: networking.podSubnet ?? defaults.podSubnet,
    serviceSubnet: networking.serviceSubnet ?? defaults.serviceSubnet,
    kubeProxyMode: networking.kubeProxyMode ?? defaults.kubeProxyMode,
    knowsServiceCIDRs: config.featureGates?.['MultiCIDRServiceAllocator'] ?? false,
    notHonoured: notHonoured(config),
  };
}

/** The first of a role has no number, the second has 2 (`MakeNodeNamer`, `pkg/cluster/internal/providers/common/namer.go`). */
function named(cluster: string, nodes: NonNullable<KindConfigInput['nodes']>): KindNode[] {
  const counts = new Map<string, number>();
  return nodes.map((node) => {
    const role = node.role ?? 'control-plane';
    const count = (counts.get(role) ?? 0) + 1;
    counts.set(role, count);
    return {
      name: `${cluster}-${role}${count === 1 ? '' : count}`,
      role,
      labels: node.labels ?? {},
      portMappings: (node.extraPortMappings ?? []).map((mapping) => ({
        containerPort: mapping.containerPort,
        hostPort: mapping.hostPort ?? 0,
        listenAddress: mapping.listenAddress === undefined || mapping.listenAddress === '' ? defaults.listenAddress : mapping.listenAddress,
        protocol: mapping.protocol ?? 'TCP',
      })),
    };
  });
}

function notHonoured(config: KindConfigInput): string[] {
  const top = [
    'featureGates',
    'runtimeConfig',
    'kubeadmConfigPatches',
    'kubeadmConfigPatchesJSON6902',
    'containerdConfigPatches',
    'containerdConfigPatchesJSON6902',
  ];
  const network = ['apiServerAddress', 'apiServerPort', 'disableDefaultCNI', 'dnsSearch'];
  const node = ['image', 'extraMounts', 'kubeadmConfigPatches', 'kubeadmConfigPatchesJSON6902'];
  return [
    ...top
      .filter((key) => says(config, key))
      .map((key) => (key === 'featureGates' ? `${key} (${Object.keys(config.featureGates ?? {}).join(', ')})` : key)),
    ...network.filter((key) => says(config.networking, key)).map((key) => `networking.${key}`),
    ...(config.nodes ?? []).flatMap((one, i) => node.filter((key) => says(one, key)).map((key) => `nodes[${i}].${key}`)),
  ];
}

function says(fields: unknown, key: string): boolean {
  const value = fieldsOf(fields)[key];
  if (value === undefined || value === false || value === '' || value === 0) return false;
  return !((Array.isArray(value) && value.length === 0) || (isRecord(value) && Object.keys(value).length === 0));
}
