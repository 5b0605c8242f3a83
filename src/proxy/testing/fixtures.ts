import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { KubeObject } from '../../core/cluster.js';
import { inFixedOrder, type LoadedChains } from '../iptables/loaded.js';

/** For tests alone. */
export function fixtureText(name: string): string {
  return readFileSync(join(repositoryRoot(), 'src/proxy/fixtures', name), 'utf8');
}

export const realNodes = ['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'];

/** The objects of the real cluster, its List flattened. */
export function realObjects(file = 'objects.yaml'): readonly KubeObject[] {
  return z.object({ items: objectsSchema }).parse(parse(fixtureText(file))).items;
}

/** Nodes of a real cluster whose kube-proxy works in nftables mode, with the address of each. */
export const realNftablesNodes = [
  { name: 'myk8s-control-plane', ip: '172.18.0.2' },
  { name: 'myk8s-worker', ip: '172.18.0.4' },
];

/** What kube-proxy v1.31.0 itself wrote for some objects: one text a state, each state following the one before it. */
export function kubeProxyTexts() {
  return z.array(caseSchema).parse(JSON.parse(fixtureText('kube-proxy-texts.json')));
}

/**
 * The same of its package for nftables mode, against knftables' fake: features of Services by name, and drawn cases. `SVCLAB_ORACLE_CASES` names a file with more
 * of them, as the oracle prints them.
 */
export function kubeProxyTransactions() {
  const more = process.env['SVCLAB_ORACLE_CASES'];
  const text = more === undefined ? fixtureText('nftables-texts.jsonl') : readFileSync(more, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => transactionsSchema.parse(JSON.parse(line)));
}

/** `loadedChains` with the Services' rules in a fixed order, and the chains by name. */
export function inOrder(chains: LoadedChains): Record<string, readonly string[]> {
  const entries = [...chains].map(([key, rules]) => [key, inFixedOrder(key.split(' ')[1] ?? '', rules)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const objectsSchema = z.array(
  z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({
      name: z.string(),
      namespace: z.string().exactOptional(),
      labels: z.record(z.string(), z.string()).exactOptional(),
    }),
  }),
);

const nodeSchema = z.object({
  name: z.string(),
  ip: z.string(),
  labels: z.record(z.string(), z.string()),
  addresses: z.array(z.string()).exactOptional(),
});

const optionsSchema = z.object({
  clusterCIDR: z.string(),
  masqueradeAll: z.boolean().exactOptional(),
  localhostNodePorts: z.boolean().exactOptional(),
  nodePortAddresses: z.array(z.string()).exactOptional(),
  serviceCIDRs: z.array(z.string()).exactOptional(),
});

const transactionsSchema = z.object({
  name: z.string(),
  node: nodeSchema,
  options: optionsSchema,
  states: z.array(objectsSchema),
  texts: z.array(z.string()),
});

const caseSchema = z.object({
  name: z.string(),
  node: nodeSchema,
  options: optionsSchema,
  states: z.array(objectsSchema),
  texts: z.array(z.array(z.string()).transform((lines) => lines.map((line) => `${line}\n`).join(''))),
});

function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) || !existsSync(join(folder, 'labs'))) {
    if (folder === dirname(folder)) throw new Error('not inside the repository');
    folder = dirname(folder);
  }
  return folder;
}
