import { dotted } from '../objects/source/issues.js';
import type { Path } from '../objects/source/locate.js';
import { fieldsOf, itemsOf } from '../objects/source/pick.js';
import type { ProblemList } from '../objects/source/problems.js';

/** A node's name is its host name, and that has at most 63 characters. */
const maxNameLength = 63 - '-control-plane'.length;

/** One control-plane node, and no port of this machine given twice. */
export function checkNodes(list: ProblemList, nodes: unknown, cluster: string): void {
  if (cluster.length > maxNameLength)
    list.add(['name'], { message: `the cluster's name has more than ${maxNameLength} characters, too many for names of nodes` });
  const written = itemsOf(nodes);
  const controlPlanes = written.flatMap((node, i) => ((fieldsOf(node).role ?? 'control-plane') === 'control-plane' ? [i] : []));
  if (written.length > 0 && controlPlanes.length === 0) {
    list.add(['nodes'], { message: 'the cluster has no control-plane node', hint: 'give one of the nodes role: control-plane' });
  }
  for (const i of controlPlanes.slice(1)) {
    list.add(['nodes', i, 'role'], {
      message: 'a second control-plane node is not possible yet',
      expected: 'one control-plane node, and workers',
    });
  }
  const taken: { readonly key: string; readonly address: string; readonly path: Path }[] = [];
  for (const [i, node] of written.entries()) {
    for (const [j, mapping] of itemsOf(fieldsOf(node).extraPortMappings).entries()) {
      const { hostPort, listenAddress, protocol = 'TCP' } = fieldsOf(mapping);
      if (typeof hostPort !== 'number' || hostPort <= 0) continue;
      const path = ['nodes', i, 'extraPortMappings', j];
      const address = typeof listenAddress === 'string' && listenAddress !== '' ? listenAddress : '0.0.0.0';
      const key = `${hostPort}/${String(protocol)}`;
      const clash = taken.find((other) => other.key === key && (other.address === address || isAny(other.address) || isAny(address)));
      if (clash === undefined) taken.push({ key, address, path });
      else list.add([...path, 'hostPort'], { message: `host port ${key} is taken already`, hint: `by ${dotted(clash.path)}` });
    }
  }
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
