import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadedChains } from '../iptables/loaded.js';
import { realNodes, realObjects } from '../testing/fixtures.js';
import { ipvsNode, ipvsSync } from './node.js';
import type { IpvsInput } from './options.js';
import { ipvsState } from './state.js';

// An ordinary user's PATH has no sbin folder.
const path = `${process.env['PATH']}:/usr/sbin:/sbin`;

function inNamespace(script: string, input: string): string {
  const flags = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-current-user', '--keep-caps', '--net'];
  return execFileSync('unshare', [...flags, 'bash', '-e', '-c', script], { encoding: 'utf8', input, env: { ...process.env, PATH: path } });
}

function lacks(program: string): boolean {
  return path.split(':').every((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return false;
    } catch {
      return true;
    }
  });
}

const inputOf = (node: string, objects = realObjects()): IpvsInput => ({
  objects,
  node: { name: node, ip: '172.18.0.3', addresses: ['172.18.0.3', '10.10.1.1'] },
  clusterCIDR: '10.10.0.0/16',
});

/** `ipset save` without what the kernel chose: the entries of each set. */
function entriesOf(save: string): Record<string, readonly string[]> {
  const found: Record<string, string[]> = {};
  for (const [, word, name = '', entry = ''] of save.matchAll(/^(create|add) (\S+) (\S+)/gm)) {
    found[name] ??= [];
    if (word === 'add') found[name].push(entry);
  }
  return Object.fromEntries(Object.entries(found).map(([name, entries]) => [name, entries.toSorted()]));
}

const wanted = (input: IpvsInput) => Object.fromEntries(ipvsState(input).sets.map(({ name, entries }) => [name, entries]));

t.test(
  'the sets and the rules that ask them load, and a sync brings the sets to other objects',
  { skip: lacks('ipset') && 'needs ipset: the sets' },
  async (t) => {
    const script = [
      'for what in first then; do',
      'IFS= read -r -d "" sets; IFS= read -r -d "" rules',
      'printf %s "$sets" | ipset restore; printf %s "$rules" | iptables-nft-restore --noflush',
      'ipset save; printf "\\0"; iptables-nft-save; printf "\\0"',
      'done',
    ].join('\n');
    for (const node of realNodes) {
      const input = inputOf(node);
      const fewer = inputOf(
        node,
        realObjects().filter(({ metadata }) => metadata.name !== 'svc-nodeport'),
      );
      const texts = [ipvsNode(input), ipvsSync(fewer, ipvsState(input))].flatMap(({ ipset, iptables }) => [`${ipset}\0`, `${iptables}\0`]);
      const [sets = '', rules = '', setsThen = ''] = inNamespace(script, texts.join('')).split('\0');
      t.same(entriesOf(sets), wanted(input), node);
      t.same(entriesOf(setsThen), wanted(fewer), node);
      const loaded = loadedChains(rules);
      for (const [chain, expected] of loadedChains(ipvsNode(input).iptables))
        t.same(loaded.get(chain) ?? [], expected, `${node}: ${chain}`);
    }
  },
);
