import { allowedDifferences } from './allowed.js';
import { canonicalNode } from './canonical-node.js';
import { type Compared, compareSections, mergeCompared } from './difference.js';
import type { ClusterReading } from './reading.js';
import { rolesOf } from './roles.js';

/** Holds the nodes of two clusters against each other, in roles. */
export function compareReadings(left: ClusterReading, right: ClusterReading): Compared {
  const [leftRoles, rightRoles] = [rolesOf(left.objects, left.podSubnet), rolesOf(right.objects, right.podSubnet)];
  const names = [...new Set([...left.nodes, ...right.nodes].map(({ node }) => node))].sort();
  // Two readings of one cluster are two sides all the same.
  const sides = [left.provider, left.provider === right.provider ? `${right.provider} (second)` : right.provider] as const;
  return mergeCompared(
    names.map((name) => {
      const [one, other] = [left.nodes.find(({ node }) => node === name), right.nodes.find(({ node }) => node === name)];
      return compareSections(
        `node/${name}`,
        sides,
        one === undefined ? new Map() : canonicalNode(one, leftRoles),
        other === undefined ? new Map() : canonicalNode(other, rightRoles),
        allowedDifferences,
      );
    }),
  );
}
