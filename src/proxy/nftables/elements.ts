import type { Reachable } from '../reachable.js';
import { servicePortName } from '../service-port-name.js';
import type { ServicePortInfo } from '../service-ports.js';
import type { Targets } from './service-lines.js';
import { addElement, deleteElement, type Element } from './words.js';

/** What one Service's port has in the maps that all Services share, in the order in which kube-proxy puts it there. */
export function serviceElements(port: ServicePortInfo, reachable: Reachable, targets: Targets): readonly Element[] {
  const protocol = port.protocol.toLowerCase();
  const comment = servicePortName(port);
  const at = (address: string) => `${address} . ${protocol} . ${port.number}`;
  // No endpoint at all is refused aloud; none that the traffic policy allows, silently.
  const refused = reachable.any ? 'drop' : 'goto reject-chain';
  const { internal, external, externalPolicy, firewall } = targets;

  const cluster: Element =
    internal === undefined
      ? { of: 'no-endpoint-services', key: at(port.clusterIP), value: refused, comment }
      : { of: 'service-ips', key: at(port.clusterIP), value: `goto ${internal}` };
  const accept = (key: string, of = 'service-ips'): readonly Element[] =>
    external === undefined ? [] : [{ of, key, value: `goto ${external}` }];
  const refuse = (key: string, of = 'no-endpoint-services'): readonly Element[] =>
    externalPolicy === undefined ? [{ of, key, value: refused, comment }] : [];
  const guard = (key: string): readonly Element[] =>
    firewall === undefined ? [] : [{ of: 'firewall-ips', key, value: `goto ${firewall}` }];

  const externals = port.externalIPs.map(at);
  const balanced = port.loadBalancerVIPs.map(at);
  const nodePorts = port.nodePort === undefined ? [] : [`${protocol} . ${port.nodePort}`];
  return [
    { of: 'cluster-ips', key: port.clusterIP },
    cluster,
    ...externals.flatMap((key) => [...accept(key), ...refuse(key)]),
    ...balanced.flatMap((key) => [...accept(key), ...guard(key)]),
    ...balanced.flatMap((key) => refuse(key)),
    ...nodePorts.flatMap((key) => [...accept(key, 'service-nodeports'), ...refuse(key, 'no-endpoint-nodeports')]),
  ];
}

/** What kube-proxy believes to be in the maps (`nftElementStorage`), and the lines that bring the kernel's maps there. */
export interface ElementStore {
  /** The lines that put an element in; none where it is there already. */
  ensure(element: Element): readonly string[];
  /** Lets go of what was not asked for since the store was made. */
  dropRest(): readonly string[];
}

export function elementStore(present: Iterable<Element>): ElementStore {
  const values = new Map<string, Element>();
  for (const element of present) values.set(keyOf(element), element);
  const rest = new Map(values);
  return {
    ensure(element) {
      const key = keyOf(element);
      const there = values.get(key);
      rest.delete(key);
      values.set(key, element);
      if (there === undefined) return [addElement(element)];
      return there.value === element.value ? [] : [deleteElement(element), addElement(element)];
    },
    dropRest: () => [...rest.values()].map(deleteElement),
  };
}

function keyOf({ of, key }: Element): string {
  return `${of} ${key}`;
}
