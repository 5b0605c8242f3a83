import t from 'tap';
import { fixtureText, realNftablesNodes, realObjects } from '../testing/fixtures.js';
import { listedInWords, writtenInWords } from './in-words.js';
import { parseNftables, readNftables } from './listing.js';
import { nftRulesOf, proxyTable } from './model.js';
import { printStatements } from './print.js';
import { nftablesRules } from './rules.js';

t.test('from its objects, each real node’s table', async (t) => {
  const objects = realObjects('nftables-objects.yaml');
  for (const node of realNftablesNodes) {
    const table = proxyTable(parseNftables(fixtureText(`${node.name}.nft.json`)));
    if (table === undefined) throw new Error('kube-proxy has a table');
    const { text } = nftablesRules({ objects, node, clusterCIDR: '10.10.0.0/16', serviceCIDRs: ['10.200.1.0/24'] });
    t.same(writtenInWords([text]), listedInWords(table), node.name);
  }
});

t.test('the tables of a node, those of others beside kube-proxy’s', async (t) => {
  const { tables } = parseNftables(fixtureText('myk8s-worker.nft.json'));
  t.same(
    tables.map(({ family, name }) => `${family} ${name}`),
    ['ip nat', 'ip mangle', 'ip filter', 'ip6 mangle', 'ip6 nat', 'ip6 filter', 'ip kube-proxy', 'ip6 kube-proxy'],
  );
  const masquerade = tables.find(({ name }) => name === 'nat')?.chains.find(({ name }) => name === 'KIND-MASQ-AGENT');
  t.match(masquerade?.rules, [
    { handle: 16, counters: { packets: 0 } },
    { handle: 17, counters: { packets: 1, bytes: 60 } },
  ]);
  const own = tables.find(({ family, name }) => family === 'ip' && name === 'kube-proxy');
  t.equal(
    own?.chains.flatMap(({ rules }) => rules).some(({ counters }) => counters !== undefined),
    false,
    'kube-proxy’s rules do not count',
  );
  t.match(nftRulesOf(own, 'services'), [{ handle: 53, spec: 'ip daddr . meta l4proto . th dport vmap @service-ips' }, { handle: 54 }]);
});

t.test('elements of sets that are made while packets pass', async (t) => {
  const listing = (elem: unknown) =>
    JSON.stringify({
      nftables: [
        { table: { family: 'ip', name: 'kube-proxy', handle: 7 } },
        {
          set: {
            ...{ family: 'ip', table: 'kube-proxy', name: 'affinity-X', type: 'ipv4_addr', handle: 9 },
            ...{ size: 65535, flags: ['timeout', 'dynamic'], timeout: 10800, elem: [elem] },
          },
        },
      ],
    });
  const [table] = parseNftables(listing({ elem: { val: '10.10.0.5', timeout: 10800, expires: 10797 } })).tables;
  t.match(table?.sets, [
    { name: 'affinity-X', timeout: 10800, flags: ['timeout', 'dynamic'], elements: [{ key: '10.10.0.5', expires: 10797 }] },
  ]);
});

t.test('statements that others write', async (t) => {
  const printed = (...statements: readonly unknown[]) => printStatements(statements);
  const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
  t.equal(
    printed({ match: { op: '==', left: payload('tcp', 'dport'), right: { set: [80, 443] } } }, { accept: null }),
    'tcp dport { 80, 443 } accept',
  );
  t.equal(printed({ reject: { type: 'tcp reset' } }), 'reject with tcp reset');
  t.equal(printed({ reject: { type: 'icmp', expr: 'host-unreachable' } }), 'reject with icmp host-unreachable');
  t.equal(printed({ dnat: { addr: '10.0.0.1' } }), 'dnat to 10.0.0.1');
  t.equal(printed({ snat: { addr: '10.0.0.1', port: 80 } }), 'snat to 10.0.0.1:80');
  t.equal(printed({ match: { op: '==', left: { fib: { result: 'type', flags: ['saddr'] } }, right: 'local' } }), 'fib saddr type local');
  t.equal(printed({ set: { op: 'update', elem: payload('ip', 'saddr'), set: '@x' } }), 'update @x { ip saddr }');
  t.equal(
    printed({ match: { op: '!=', left: payload('ip', 'saddr'), right: { range: ['10.0.0.1', '10.0.0.9'] } } }),
    'ip saddr != 10.0.0.1-10.0.0.9',
  );
  t.equal(printed({ limit: { rate: 1, per: 'second' } }), '{"limit":{"rate":1,"per":"second"}}', 'as it came');
});

t.test('what cannot be read says why', async (t) => {
  t.match(readNftables('{'), { sound: false, why: { en: /^the output of nft cannot be read: / } });
  t.match(readNftables('{"nftables": [{"rule": {}}]}'), { sound: false });
  const rule = { family: 'ip', table: 't', chain: 'c', handle: 1, expr: [] };
  t.match(readNftables(JSON.stringify({ nftables: [{ rule }] })), { sound: false, why: { en: /table ip t was not declared/ } });
  const table = { family: 'ip', name: 't', handle: 1 };
  t.match(readNftables(JSON.stringify({ nftables: [{ table }, { rule }] })), {
    sound: false,
    why: { en: /chain c of table t was not declared/ },
  });
  t.match(readNftables('{"nftables": []}'), { sound: true, ruleset: { tables: [] } });
});
