import { execFileSync } from 'node:child_process';
import t from 'tap';
import { counterDelta } from '../delta.js';
import { type Reading, readCounters } from '../reading.js';
import { renderRulesFile } from '../rules-file.js';
import { fixtureText, inOrder, kubeProxyTexts, realNodes, realObjects } from '../testing/fixtures.js';
import { canonicalRule } from './canonical.js';
import { loadedChains } from './loaded.js';
import { nodeRules } from './node-rules.js';
import { parseIptablesSave } from './parse.js';
import { iptablesRules } from './rules.js';

/** Loads each text in turn, in one fresh network namespace, and gives what iptables-save shows after each. */
function load(...texts: readonly string[]): readonly string[] {
  const script =
    'i=0; while [ $i -lt $1 ]; do IFS= read -r -d "" text; printf %s "$text" | iptables-nft-restore --noflush; iptables-nft-save -c; printf "\\0"; i=$((i+1)); done';
  return inNamespace(['bash', '-e', '-c', script, 'load', String(texts.length)], texts.map((text) => `${text}\0`).join(''))
    .split('\0')
    .slice(0, -1);
}

function inNamespace(argv: readonly string[], input: string): string {
  const root = process.getuid?.() === 0;
  const flags = root ? ['--net'] : ['--user', '--map-current-user', '--keep-caps', '--net'];
  // An ordinary user's PATH has no sbin folder.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  return execFileSync('unshare', [...flags, ...argv], { encoding: 'utf8', input, env, maxBuffer: 2 ** 28 });
}

/** `table chain` to its rules, of everything that iptables-save shows. */
function shown(save: string): Record<string, readonly string[]> {
  parseIptablesSave(save);
  return inOrder(loadedChains(save));
}

function withoutEmptyChains(chains: Record<string, readonly string[]>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(chains).filter(([key, rules]) => rules.length > 0 || key.includes('KUBE-')));
}

const clusterCIDR = '10.10.0.0/16';

t.test('iptables-save shows what was written, and what the real node shows', async (t) => {
  for (const node of realNodes) {
    const text = renderRulesFile({ objects: realObjects(), node, clusterCIDR });
    const [save = ''] = load(text);
    t.same(withoutEmptyChains(shown(save)), inOrder(loadedChains(text)), node);

    const kube = (lines: string) =>
      lines
        .split('\n')
        .filter((line) => /KUBE-/.test(line) && !/DOCKER|KIND-/.test(line) && !line.includes('localhost_nps_accepted_pkts'))
        .map((line) => line.replace(/\[\d+:\d+\] ?/, '').replace(/-m nfacct --nfacct-name {2}\S+ /, ''));
    // Byte for byte, but for the order of Services in the chains that they share.
    t.same(kube(save).toSorted(), kube(fixtureText(`${node}.iptables-save`)).toSorted(), node);
  }
});

t.test('loading twice changes nothing', async (t) => {
  const input = { objects: realObjects(), node: { name: 'myk8s-worker' }, clusterCIDR };
  const first = nodeRules(input);
  const [save = ''] = load(first);
  const [, again = ''] = load(first, nodeRules(input, parseIptablesSave(save)));
  t.same(shown(again), shown(save));
  const [, synced = ''] = load(first, iptablesRules(input).text);
  t.same(shown(synced), shown(save));
});

t.test('every feature loads, and going on to other objects leaves nothing behind', async (t) => {
  const cases = kubeProxyTexts();
  const states = cases.flatMap(({ states, node, options }) =>
    states.map((state) => {
      const nodeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: node.name, labels: node.labels }, spec: {} };
      return { objects: [...state, nodeObject], node, ...options };
    }),
  );
  const fresh = (input: Parameters<typeof iptablesRules>[0]) => loadedChains(iptablesRules(input).text);
  // From each state to the next, by what was there before: chains by name, or the objects that they were written for.
  const byName = states.map((input, index) => iptablesRules(input, { existingChains: chainNames(states[index - 1]) }).text);
  const byObjects = states.map((input, index) => {
    const before = states[index - 1];
    const sameOptions = before !== undefined && JSON.stringify({ ...before, objects: [] }) === JSON.stringify({ ...input, objects: [] });
    return iptablesRules(input, sameOptions ? { objects: before.objects } : { existingChains: chainNames(before) }).text;
  });
  for (const texts of [byName, byObjects]) {
    const saves = load(...texts);
    t.equal(saves.length, states.length);
    for (const [index, input] of states.entries()) {
      const { nat, filter } = ourChains(shown(saves[index] ?? ''));
      const expected = ourChains(inOrder(fresh(input)));
      t.same(nat, expected.nat, `nat after state ${index}`);
      t.same(filter, expected.filter, `filter after state ${index}`);
    }
  }
});

function chainNames(input: Parameters<typeof iptablesRules>[0] | undefined): readonly string[] {
  return input === undefined ? [] : iptablesRules(input).serviceChains;
}

/** KUBE-FIREWALL is left out: kube-proxy stops writing it, but does not take it away, when local node ports are turned off. */
function ourChains(chains: Record<string, readonly string[]>) {
  const of = (table: string) =>
    Object.fromEntries(Object.entries(chains).filter(([key]) => key.startsWith(`${table} KUBE-`) && !key.endsWith('KUBE-FIREWALL')));
  return { nat: of('nat'), filter: of('filter') };
}

t.test('handles tell a rule that counted on from one that was written again', async (t) => {
  const input = { objects: realObjects(), node: { name: 'myk8s-worker' }, clusterCIDR };
  const script = [
    'read_all() { iptables-nft-save -c; printf "\\0"; nft -a -j list ruleset; printf "\\0"; }',
    'send() { for _ in 1 2 3; do (exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null || true; done; }',
    'IFS= read -r -d "" first; IFS= read -r -d "" sync',
    'ip link set lo up',
    'printf %s "$first" | iptables-nft-restore --noflush; read_all',
    'send; read_all',
    'printf %s "$sync" | iptables-nft-restore --noflush; send; read_all',
  ].join('\n');
  const parts = inNamespace(['bash', '-e', '-c', script], `${nodeRules(input)}\0${iptablesRules(input).text}\0`).split('\0');
  const readings: Reading[] = [0, 2, 4].map((at) => readCounters(parts[at] ?? '', parts[at + 1] ?? ''));
  const [before, after, synced] = readings;
  if (before === undefined || after === undefined || synced === undefined) throw new Error('three readings were taken');
  t.ok(readings.every(({ sound }) => sound));

  const isJump = ({ chain, tokens }: { chain: string; tokens: readonly string[] }) =>
    chain === 'OUTPUT' && tokens.at(-1) === 'KUBE-SERVICES';
  t.match(counterDelta(before, after, 'nat', isJump), { sound: true, packets: 3, rules: { length: 1 } });
  const isNodePorts = ({ tokens }: { tokens: readonly string[] }) => tokens.at(-1) === 'KUBE-NODEPORTS';
  t.match(counterDelta(before, after, 'nat', isNodePorts), { sound: true, packets: 3 });
  // The jump was not written again, the chain that it leads to was.
  t.match(counterDelta(after, synced, 'nat', isJump), { sound: true, packets: 3 });
  t.match(counterDelta(after, synced, 'nat', isNodePorts), { sound: false, why: { en: /rewritten/ } });
});

t.test('a probability reaches the kernel as foreseen', async (t) => {
  const probabilities = Array.from({ length: 40 }, (_, index) => (1 / (index + 2)).toFixed(10));
  const rules = probabilities.map((text) => `-A P -m statistic --mode random --probability ${text} -j RETURN`);
  const [save = ''] = load(['*filter', ':P - [0:0]', ...rules, 'COMMIT', ''].join('\n'));
  t.same(
    parseIptablesSave(save)
      .tables[0]?.chains.find(({ name }) => name === 'P')
      ?.rules.map(({ spec }) => `-A P ${spec}`),
    rules.map(canonicalRule),
  );
});
