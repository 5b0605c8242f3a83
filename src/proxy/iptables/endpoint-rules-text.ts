import type { EndpointInfo } from '../endpoints.js';
import { servicePortName } from '../service-port-name.js';
import type { ServicePortInfo } from '../service-ports.js';
import { endpointChain } from './names.js';

/** The cascade of a KUBE-SVC or KUBE-SVL chain: known clients first (session affinity), then the k-th of n with probability 1/(n-k+1). */
export function spreadRules(
  port: ServicePortInfo,
  chain: string,
  endpoints: readonly EndpointInfo[],
  comments: boolean,
): readonly string[] {
  const start = ({ address }: EndpointInfo) =>
    `-A ${chain}${comments ? ` -m comment --comment "${servicePortName(port)} -> ${address}"` : ''}`;
  const sticky = endpoints.map((endpoint) => {
    const sep = endpointChain(port, endpoint.address);
    return `${start(endpoint)} -m recent --name ${sep} --rcheck --seconds ${port.stickySeconds} --reap -j ${sep}`;
  });
  const random = endpoints.map((endpoint, index) => {
    const left = endpoints.length - index;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${probability(left)}` : '';
    return `${start(endpoint)}${chance} -j ${endpointChain(port, endpoint.address)}`;
  });
  return port.stickySeconds === undefined ? random : [...sticky, ...random];
}

/** The rules of a KUBE-SEP chain. A pod that reaches itself through its Service is masqueraded, else it would answer itself directly. */
export function endpointRules(port: ServicePortInfo, endpoint: EndpointInfo, comments: boolean): readonly string[] {
  const chain = endpointChain(port, endpoint.address);
  const protocol = port.protocol.toLowerCase();
  const start = `-A ${chain}${comments ? ` -m comment --comment ${servicePortName(port)}` : ''}`;
  const remember = port.stickySeconds === undefined ? '' : ` -m recent --name ${chain} --set`;
  return [
    `${start} -s ${endpoint.ip} -j KUBE-MARK-MASQ`,
    `${start}${remember} -m ${protocol} -p ${protocol} -j DNAT --to-destination ${endpoint.address}`,
  ];
}

/** Go rounds half to even and JavaScript half up; of all 1/n the two differ for this one alone. */
function probability(n: number): string {
  return n === 2048 ? '0.0004882812' : (1 / n).toFixed(10);
}
