import { z } from 'zod';
import type { KubeObject } from '../core/cluster.js';
import { parseJsonAs } from './json.js';

/** Interface names by ifindex, from `ip -j link` (iproute2). @throws UnreadableError */
export function parseLinks(text: string): ReadonlyMap<number, string> {
  return new Map(parseJsonAs(text, linksSchema).map((link) => [link.ifindex, link.ifname]));
}

/** A JSON array of objects, or a Kubernetes List of them. @throws UnreadableError */
export function parseObjects(text: string): readonly KubeObject[] {
  const parsed = parseJsonAs(text, objectsSchema);
  return 'items' in parsed ? parsed.items : parsed;
}

const linksSchema = z.array(z.looseObject({ ifindex: z.int().min(1), ifname: z.string().min(1) }));

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().exactOptional(),
    labels: z.record(z.string(), z.string()).exactOptional(),
  }),
});

const objectsSchema = z.union([z.array(objectSchema), z.looseObject({ items: z.array(objectSchema) })]);
