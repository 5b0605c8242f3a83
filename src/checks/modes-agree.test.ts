import t from 'tap';
import { modesAgreeCheck } from './modes-agree.js';
import { client, clientNode } from './testing/cluster.js';
import { judgedInModes, kubeProxyTable, withoutServices } from './testing/modes.js';
import { outcome, type Staged } from './testing/stage.js';
import { answerOf, type Connection, connections, flowOf, packetsOf, type TestPacket, unanswered } from './testing/traffic.js';

const options = { on: 'client.node', service: 'service', sticky: 'known' };

/** One mode's ten connections, and twelve of a client that always gets the second pod. */
function mode(staged: Staged = {}): Staged {
  return { connections: connections(10), further: { known: connections(12, () => 1).map(answerOf) }, ...staged };
}

const nftables = (staged: Staged = {}): Staged => mode({ change: withoutServices, nft: kubeProxyTable, ...staged });
const judge = (modes: Readonly<Record<string, Staged | string>>) => judgedInModes(modesAgreeCheck, options, modes);
const packetsBy = (change: (packet: TestPacket, connection: Connection) => TestPacket) =>
  connections(10).flatMap((connection) => packetsOf(connection).map((packet) => change(packet, connection)));

t.test('alike in all that a client and a pod can notice', async (t) => {
  const verdict = judge({ iptables: mode(), nftables: nftables(), ipvs: 'the kernel has no ip_vs' });
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, 'ipvs: not available: the kernel has no ip_vs');
  const [table] = verdict.details ?? [];
  if (table?.kind !== 'table') throw new Error('there is a table');
  t.same(
    table.columns.slice(1).map(({ en }) => en),
    ['iptables', 'nftables', 'ipvs'],
  );
  t.same(
    table.rows.map(([, ...cells]) => cells),
    [
      ['10/10', '10/10', '-'],
      [client.address, client.address, '-'],
      [clientNode, clientNode, '-'],
      ['veth -> eth0', 'veth -> eth0', '-'],
      ['client > service', 'client > service', '-'],
      ['pod > client', 'pod > client', '-'],
      ['1', '1', '-'],
      ['rules 1/3, 1/2, 1', 'numgen random mod 3', '-'],
      ['10/10', '-', '-'],
    ],
  );
  t.ok(verdict.evidence.some((file) => file.startsWith('nftables/wire')));
});

t.test('an answer that did not come', async (t) => {
  const answers = connections(10).map((connection) => (connection.index === 3 ? unanswered(answerOf(connection)) : answerOf(connection)));
  const verdict = judge({ iptables: mode({ answers }), nftables: nftables() });
  t.equal(outcome(verdict), 'answers');
  t.equal(verdict.seen.en, 'answers: iptables 9/10, nftables 10/10');
  t.equal(
    outcome(judge({ iptables: mode({ connections: [] }), nftables: nftables({ connections: [] }) })),
    'answers',
    'nothing seen is never a pass',
  );
});

t.test('another source, in one mode and in all', async (t) => {
  const packets = packetsBy((packet) =>
    packet.from.address === client.address && packet.node !== clientNode
      ? { ...packet, from: { ...packet.from, address: '172.18.0.2' } }
      : packet,
  );
  t.equal(outcome(judge({ iptables: mode(), nftables: nftables({ packets }) })), 'source');
  t.equal(outcome(judge({ iptables: mode({ packets }), nftables: nftables({ packets }) })), 'source', 'alike is not enough');
});

t.test('translated before it came to the node', async (t) => {
  const packets = connections(10).flatMap((connection) => {
    const [, out] = packetsOf(connection);
    return packetsOf(connection).map((packet, i) => (i === 0 && out !== undefined ? { ...packet, to: out.to } : packet));
  });
  t.equal(outcome(judge({ iptables: mode({ packets }), nftables: nftables() })), 'place');
});

t.test('another entry in the connection table', async (t) => {
  const after = connections(10).map((connection) => ({ ...flowOf(connection), reply: { ...flowOf(connection).reply, dst: '172.18.0.2' } }));
  t.equal(outcome(judge({ iptables: mode(), nftables: nftables({ flows: { before: [], after } }) })), 'conntrack');
});

t.test('a known client that is sent elsewhere', async (t) => {
  const known = connections(12).map(answerOf);
  t.equal(outcome(judge({ iptables: mode(), nftables: nftables({ further: { known } }) })), 'affinity');
});

t.test('evidence of one mode that is not sound', async (t) => {
  t.equal(outcome(judge({ iptables: mode(), nftables: nftables({ unsound: 'wire' }) })), 'inconclusive');
  t.equal(outcome(judge({ iptables: mode({ without: ['known'] }), nftables: nftables() })), 'inconclusive');
});
