import { execFileSync } from 'node:child_process';
import t from 'tap';
import { kubeProxyTransactions } from '../testing/fixtures.js';
import { listedInWords, writtenInWords } from './in-words.js';
import { parseNftables } from './listing.js';
import { proxyTable } from './model.js';
import { deleteChains, deleteTableText, type NftablesBefore, nftablesRules, nftablesStages } from './rules.js';

/** Loads each text in turn, in one fresh network namespace, and gives what nft lists after each. */
function load(...texts: readonly string[]): readonly string[] {
  const script = 'while IFS= read -r -d "" text; do printf %s "$text" | nft -f -; nft -j list ruleset; printf "\\0"; done';
  const root = process.getuid?.() === 0;
  const flags = root ? ['--net'] : ['--user', '--map-current-user', '--keep-caps', '--net'];
  // An ordinary user's PATH has no sbin folder.
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  const input = texts.map((text) => `${text}\0`).join('');
  return execFileSync('unshare', [...flags, 'bash', '-e', '-c', script], { encoding: 'utf8', input, env, maxBuffer: 2 ** 28 })
    .split('\0')
    .slice(0, -1);
}

function shown(listing: string | undefined) {
  const table = proxyTable(parseNftables(listing ?? ''));
  if (table === undefined) throw new Error('the table is not there');
  return listedInWords(table);
}

/** nft takes comments of up to 128 characters, and kube-proxy v1.31.0 does not look: there its sync fails as a whole. */
const loadable = kubeProxyTransactions().filter(({ texts }) => !texts.some((text) => /comment "[^"]{129,}"/.test(text)));

t.test('nft lists what was written, after every sync of every feature', async (t) => {
  t.ok(loadable.length >= 50);
  for (const { name, node, options, states } of loadable) {
    const nodeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: node.name, labels: node.labels }, spec: {} };
    let before: NftablesBefore = {};
    const texts = states.map((state) => {
      const objects = [...state, nodeObject];
      const rules = nftablesRules({ objects, node, ...options }, before);
      before = { objects, existing: { chains: [...rules.serviceChains, ...rules.staleChains], sets: rules.affinitySets } };
      return rules.text;
    });
    const listings = load(...texts);
    for (const index of states.keys()) t.same(shown(listings[index]), writtenInWords(texts.slice(0, index + 1)), `${name}, ${index}`);
  }
});

t.test('stale chains can be deleted, the whole written again over what is there, and the table removed', async (t) => {
  const cases = loadable.filter(({ states }) => states.length > 1);
  t.ok(cases.length > 10);
  for (const { name, node, options, states } of cases) {
    const [first = [], second = []] = states;
    const old = nftablesRules({ objects: first, node, ...options });
    const now = nftablesRules({ objects: second, node, ...options }, { objects: first });
    const existing = { chains: [...now.serviceChains, ...now.staleChains], sets: now.affinitySets };
    const anew = nftablesRules({ objects: second, node, ...options }, { existing });
    t.same(new Set(anew.staleChains), new Set(now.staleChains));
    const fresh = writtenInWords([nftablesRules({ objects: second, node, ...options }).text]);
    const deleted = deleteChains(now.staleChains).join('');
    const [, , partly] = load(old.text, now.text, deleted);
    t.same(shown(partly), fresh, `${name}: by a change`);
    const [, , , whole, empty] = load(old.text, now.text, anew.text, deleted, deleteTableText);
    t.same(shown(whole), fresh, `${name}: all anew`);
    t.equal(proxyTable(parseNftables(empty ?? '')), undefined);
  }
});

t.test('in several transactions it is the same', async (t) => {
  const objects = Array.from({ length: 30 }, (_, index) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `web-${index}` },
      // Known clients are no part of what is said without nft.
      spec: { clusterIP: `10.200.1.${index + 1}`, ports: [{ port: 80 }], sessionAffinity: 'ClientIP' },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `web-${index}`, labels: { 'kubernetes.io/service-name': `web-${index}` } },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: [{ addresses: [`10.10.1.${index + 1}`] }],
    },
  ]).flat();
  const rules = nftablesRules({ objects, node: { name: 'node1', ip: '192.168.0.2' } });
  const texts = nftablesStages(rules, 7).map((stage) => (stage.kind === 'text' ? stage.pieces.join('') : ''));
  t.equal(texts.length, 6);
  t.same(shown(load(...texts).at(-1)), shown(load(rules.text)[0]));
});
