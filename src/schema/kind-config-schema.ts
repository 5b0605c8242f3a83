import { isIP } from 'node:net';
import { z } from 'zod';
import { checked, labels } from '../objects/kube-names.js';

/** The fields of `kind.x-k8s.io/v1alpha4` (kind v0.24.0, `pkg/apis/config/v1alpha4/types.go`). kind refuses others, so they are refused here. */
const patches = z.array(z.string()).exactOptional();
const jsonPatches = z
  .array(z.strictObject({ group: z.string(), version: z.string(), kind: z.string(), patch: z.string() }))
  .exactOptional();

const anyPort = z.int().min(-1).max(65_535).describe('a port up to 65535; 0 or -1 for any free one');
const address = checked((text) => text === '' || isIP(text) !== 0, 'is not an IP address', 'an address such as 127.0.0.1');

const portMapping = z.strictObject({
  containerPort: z.int().min(1).max(65_535).describe('a port from 1 to 65535'),
  hostPort: anyPort.exactOptional(),
  listenAddress: address.exactOptional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).exactOptional(),
});

const mount = z.strictObject({
  hostPath: z.string(),
  containerPath: z.string(),
  readOnly: z.boolean().exactOptional(),
  selinuxRelabel: z.boolean().exactOptional(),
  propagation: z.enum(['None', 'HostToContainer', 'Bidirectional']).exactOptional(),
});

const node = z.strictObject({
  role: z.enum(['control-plane', 'worker']).exactOptional(),
  image: z.string().min(1).exactOptional(),
  labels: labels.exactOptional(),
  extraMounts: z.array(mount).exactOptional(),
  extraPortMappings: z.array(portMapping).exactOptional(),
  kubeadmConfigPatches: patches,
  kubeadmConfigPatchesJSON6902: jsonPatches,
});

const networking = z.strictObject({
  ipFamily: z.enum(['ipv4']).exactOptional().describe('ipv4, the only family of the embedded cluster'),
  apiServerPort: anyPort.exactOptional(),
  apiServerAddress: address.exactOptional(),
  podSubnet: z.string().exactOptional().describe('a range such as 10.244.0.0/16'),
  serviceSubnet: z.string().exactOptional().describe('a range such as 10.96.0.0/16'),
  disableDefaultCNI: z.boolean().exactOptional(),
  // kind knows `none` too, and there would be nothing to see.
  kubeProxyMode: z.enum(['iptables', 'ipvs', 'nftables']).exactOptional(),
  dnsSearch: z.array(z.string()).exactOptional(),
});

export const kindConfigSchema = z.strictObject({
  kind: z.literal('Cluster'),
  apiVersion: z.literal('kind.x-k8s.io/v1alpha4'),
  name: checked(
    (text) => /^[a-z0-9.-]+$/.test(text),
    'is not a name for a cluster',
    "lower-case letters, digits, '.' and '-'",
  ).exactOptional(),
  nodes: z.array(node).exactOptional(),
  networking: networking.exactOptional(),
  featureGates: z.record(z.string(), z.boolean()).exactOptional(),
  runtimeConfig: z.record(z.string(), z.string()).exactOptional(),
  kubeadmConfigPatches: patches,
  kubeadmConfigPatchesJSON6902: jsonPatches,
  containerdConfigPatches: patches,
  containerdConfigPatchesJSON6902: patches,
});

export type KindConfigInput = z.infer<typeof kindConfigSchema>;
