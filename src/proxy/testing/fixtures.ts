import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { KubeObject } from '../../core/cluster.js';
import { canonicalRule } from '../iptables/canonical.js';

/** For tests alone: fixtures, and what an iptables-restore input leaves in the kernel. */
export function fixtureText(name: string): string {
  return readFileSync(join(repositoryRoot(), 'src/proxy/fixtures', name), 'utf8');
}

export const realNodes = ['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'];

/** The objects of the real cluster, its List flattened. */
export function realObjects(): readonly KubeObject[] {
  return z.object({ items: objectsSchema }).parse(parse(fixtureText('objects.yaml'))).items;
}

/** What kube-proxy v1.31.0 itself wrote for some objects: one text a state, each state following the one before it. */
export function kubeProxyTexts() {
  return z.array(caseSchema).parse(JSON.parse(fixtureText('kube-proxy-texts.json')));
}

/** `table chain` to its rules after the text was loaded into an empty namespace, each as `canonicalRule` gives it. */
export function loaded(text: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  const rulesOf = (key: string) => chains.get(key) ?? chains.set(key, []).get(key) ?? [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith(':')) chains.set(`${table} ${line.slice(1, line.indexOf(' '))}`, []);
    else if (line.startsWith('-')) {
      const [command, chain = ''] = line.split(' ');
      if (command === '-A') rulesOf(`${table} ${chain}`).push(canonicalRule(line));
      else if (command === '-I') rulesOf(`${table} ${chain}`).unshift(canonicalRule(line.replace('-I', '-A')));
      else if (command === '-X') chains.delete(`${table} ${chain}`);
    }
  }
  return chains;
}

/** The chains in which rules of different Services stand in any order (kube-proxy goes through a Go map), sorted; the others as they are. */
export function sortShared(chains: ReadonlyMap<string, readonly string[]>): Record<string, readonly string[]> {
  const shared = /KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL)$/;
  const entries = [...chains].map(([key, rules]) => [key, shared.test(key) ? rules.toSorted() : rules] as const);
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

const caseSchema = z.object({
  name: z.string(),
  node: z.object({ name: z.string(), ip: z.string(), labels: z.record(z.string(), z.string()) }),
  options: z.object({
    clusterCIDR: z.string(),
    masqueradeAll: z.boolean().exactOptional(),
    localhostNodePorts: z.boolean().exactOptional(),
    nodePortAddresses: z.array(z.string()).exactOptional(),
  }),
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
