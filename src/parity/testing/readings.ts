import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { KubeObject } from '../../core/cluster.js';
import { loadObjectList } from '../../objects/object-list.js';
import type { ClusterReading, NodeReading } from '../reading.js';

/** For tests alone: a real cluster and an embedded one with the same objects, as they were recorded. */
export function embeddedReading(): ClusterReading {
  return readingSchema.parse(JSON.parse(fixture('parity/fixtures/netns.json')));
}

/** A published kind v0.24.0 node image's cluster. Sysctls were not recorded with it: it is given those. */
export function realReading(nodes: readonly Pick<NodeReading, 'node' | 'sysctls'>[]): ClusterReading {
  const pods = podsSchema.parse(JSON.parse(fixture('clusters/netns/fixtures/nodes/pods.json'))).map(
    ({ name, node, address }): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: name.startsWith('coredns') ? 'kube-system' : 'default', ...ownersOf(name) },
      spec: { nodeName: node, containers: [] },
      status: { podIP: address },
    }),
  );
  const objects = loadObjectList({ file: 'objects.yaml', text: fixture('proxy/fixtures/objects.yaml') });
  return {
    provider: 'kind',
    podSubnet: '10.10.0.0/16',
    objects: [...objects, ...pods],
    nodes: nodes.map(({ node, sysctls }) => ({
      node,
      addr: fixture(`clusters/netns/fixtures/nodes/${node}.addr.json`),
      route: routesInJson(fixture(`clusters/netns/fixtures/nodes/${node}.route`)),
      rules: fixture(`proxy/fixtures/${node}.iptables-save`),
      sysctls,
    })),
  };
}

/** The pods of a ReplicaSet have drawn names. */
function ownersOf(name: string): object {
  return /-[a-z0-9]{6,10}-[a-z0-9]{5}$/.test(name) ? { ownerReferences: [{ kind: 'ReplicaSet' }] } : {};
}

/** `ip route` as `ip -j route` gives it. */
function routesInJson(text: string): string {
  const names: Readonly<Record<string, string>> = { via: 'gateway', proto: 'protocol', src: 'prefsrc' };
  const routes = text
    .trim()
    .split('\n')
    .map((line) => {
      const [dst = '', ...words] = line.trim().split(' ');
      const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [[names[word] ?? word, words[i + 1]] as const] : []));
      return { dst, ...Object.fromEntries(pairs), flags: [] };
    });
  return JSON.stringify(routes);
}

function fixture(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) || !existsSync(join(folder, 'labs'))) {
    if (folder === dirname(folder)) throw new Error('not inside the repository');
    folder = dirname(folder);
  }
  return readFileSync(join(folder, 'src', name), 'utf8');
}

const podsSchema = z.array(z.object({ name: z.string(), node: z.string(), address: z.string() }));
const readingSchema = z.object({
  provider: z.string(),
  podSubnet: z.string(),
  objects: z.array(
    z
      .looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }) })
      .transform((object): KubeObject => object),
  ),
  nodes: z.array(z.object({ node: z.string(), addr: z.string(), route: z.string(), rules: z.string(), sysctls: z.string() })),
});
