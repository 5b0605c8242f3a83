import type { Problem } from '../core/errors.js';
import type { ManifestItem } from './manifest-items.js';
import type { Path } from './source/locate.js';
import { fieldsOf, itemsOf, textOf } from './source/pick.js';

/**
 * Addresses and node ports that two Services ask for by number. The API server gives each to one Service alone: node ports whatever the protocol
 * (pkg/registry/core/service/portallocator, v1.31), but for the ports of one Service.
 */
export function takenTwice(items: readonly ManifestItem[]): Problem[] {
  const first = new Map<string, Claim>();
  return items.flatMap(claimsOf).flatMap((claim) => {
    const earlier = first.get(claim.what);
    if (earlier === undefined) first.set(claim.what, claim);
    if (earlier === undefined || earlier.item === claim.item) return [];
    const { file, line, column } = earlier.item.document.where([...earlier.item.path, ...earlier.path]);
    return [
      claim.item.document.problem([...claim.item.path, ...claim.path], {
        message: `${claim.what} is asked for by ${claim.owner} and by ${earlier.owner}`,
        hint: `the first is at ${file}:${line}:${column}; choose another, or leave it out and one is given`,
      }),
    ];
  });
}

interface Claim {
  /** `node port 30000` or `clusterIP 10.200.1.20`. */
  readonly what: string;
  readonly owner: string;
  readonly item: ManifestItem;
  readonly path: Path;
}

function claimsOf(item: ManifestItem): readonly Claim[] {
  if (item.value.kind !== 'Service') return [];
  const metadata = fieldsOf(item.value.metadata);
  const owner = `Service ${textOf(metadata.namespace) ?? 'default'}/${String(metadata.name)}`;
  const { clusterIP, ports, healthCheckNodePort } = fieldsOf(fieldsOf(item.value).spec);
  const claim = (what: string, value: unknown, path: Path): readonly Claim[] =>
    value === undefined || value === '' || value === 'None'
      ? []
      : [{ what: `${what} ${String(value)}`, owner, item, path: ['spec', ...path] }];
  return [
    ...claim('clusterIP', clusterIP, ['clusterIP']),
    ...itemsOf(ports).flatMap((port, i) => claim('node port', fieldsOf(port).nodePort, ['ports', i, 'nodePort'])),
    ...claim('node port', healthCheckNodePort, ['healthCheckNodePort']),
  ];
}
