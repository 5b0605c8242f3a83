import type { ProxyInput } from '../options.js';

/** Node ports answer on all of the node's addresses unless `nodePortAddresses` says which. */
export interface IptablesInput extends ProxyInput {
  /** `--iptables-localhost-nodeports`; true unless said. */
  readonly localhostNodePorts?: boolean;
  /** Write the nfacct matches, which a kernel with nfnetlink_acct gets; false unless said. */
  readonly nfacct?: boolean;
  /** `net.netfilter.nf_conntrack_tcp_be_liberal` is set on the node; false unless said. */
  readonly conntrackTcpLiberal?: boolean;
}
