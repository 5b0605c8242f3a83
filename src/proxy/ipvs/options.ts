import type { ProxyInput } from '../options.js';

/** kube-proxy's settings in ipvs mode, and the node it runs on. `node.addresses` are those on which node ports answer; the InternalIP alone unless said. */
export interface IpvsInput extends ProxyInput {
  /** `--ipvs-scheduler`; `rr` unless said. */
  readonly scheduler?: Scheduler;
}

export type Scheduler = (typeof schedulers)[number];

/** The kernel's schedulers (ipvsadm(8)): round robin, least connections, by the destination's or the source's hash, and their weighted relatives. */
export const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'mh'] as const;
