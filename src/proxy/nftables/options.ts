import type { ProxyInput } from '../options.js';

/**
 * Node ports answer on the node's InternalIP unless `nodePortAddresses` says more (`primary`, the default of this mode: v1.31.0,
 * cmd/kube-proxy/app/server_linux.go); `0.0.0.0/0` is every address.
 */
export interface NftablesInput extends ProxyInput {
  /**
   * The ranges of ClusterIPs, where kube-proxy knows them: ServiceCIDR objects, read with the feature gate MultiCIDRServiceAllocator. What is sent to
   * one that no Service has is then dropped.
   */
  readonly serviceCIDRs?: readonly string[];
}
