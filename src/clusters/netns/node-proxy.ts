import type { KubeObject } from '../../core/cluster.js';
import type { NftablesInput } from '../../proxy/nftables/options.js';

/** kube-proxy in one mode, on every node of a cluster. Nodes are named by their namespaces. */
export interface NodeProxy {
  /** What it sets on a node, as paths below /proc/sys; nobody sets it back. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Whether the mode can be on this kernel. @throws UnmetError with what is lacking. */
  check?(): Promise<void>;
  /**
   * Writes the rules on a node that has none of this mode's, and has its sysctls already.
   * @param base where the node is new: more rules for `iptables-restore`, to be written behind the kubelet's.
   */
  install(node: string, input: ProxySettings, base?: string): Promise<void>;
  /** Brings the rules to the objects of `input`, from those of `before`. */
  sync(node: string, input: ProxySettings, before: readonly KubeObject[]): Promise<void>;
  /** Takes away what kube-proxy takes away when it starts in another mode. */
  remove(node: string): Promise<void>;
}

/** What kube-proxy is started with on a node, for all modes: each heeds what concerns it. */
export type ProxySettings = NftablesInput;
