import t from 'tap';
import { affinityEntryCheck } from './affinity-entry.js';
import { client } from './testing/cluster.js';
import { endpointChainOf } from './testing/rules.js';
import { judged, outcome } from './testing/stage.js';
import { connections } from './testing/traffic.js';

const options = { on: 'client.node', service: 'service' };
const sticky = connections(5, () => 1);
const entry = (pod: number, lastSeen: number, address: string = client.address) =>
  `/proc/net/xt_recent/${endpointChainOf(pod)}:src=${address} ttl: 63 last_seen: ${lastSeen} oldest_pkt: 1 ${lastSeen}\n`;
const found = (before: string, after: string, asked = sticky) =>
  outcome(judged(affinityEntryCheck, options, { connections: asked, recent: { before, after } }));

t.test('the client is in the list of the pod that answered', async (t) => {
  const verdict = judged(affinityEntryCheck, options, { connections: sticky, recent: { before: '', after: entry(1, 900) } });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, `${client.address} was written into the list of webpod2`);
  t.match(verdict.details, [{ kind: 'table', rows: [['myk8s-control-plane', /\(webpod2\)$/, client.address, '900', '*']] }]);
  t.equal(found(entry(1, 800), entry(1, 900)), 'pass', 'renewed');
  t.equal(found(entry(0, 100), entry(0, 100) + entry(1, 900)), 'pass', 'an old entry elsewhere was not written by these');
  t.equal(found('', entry(1, 900) + entry(0, 900, '10.10.0.9')), 'pass', 'nor is one of another client');
});

t.test('no entry, an old one, or one of another client', async (t) => {
  t.equal(found('', ''), 'missing');
  t.equal(found(entry(1, 800), entry(1, 800)), 'missing', 'an entry of an earlier time proves nothing');
  t.equal(found('', entry(1, 900, '10.10.0.9')), 'missing');
  t.equal(found('', entry(0, 900)), 'missing', "in another pod's list alone");
});

t.test('in the list of a pod that did not answer as well', async (t) => {
  t.equal(found('', entry(0, 900) + entry(1, 900)), 'elsewhere');
});

t.test('nothing answered proves nothing', async (t) => {
  t.equal(found('', '', []), 'control');
  t.equal(found('', entry(1, 900), []), 'control');
});

t.test('without its evidence', async (t) => {
  for (const name of ['recent', 'answers', 'objects']) {
    const staged = { connections: sticky, recent: { before: '', after: entry(1, 900) } };
    t.equal(outcome(judged(affinityEntryCheck, options, { ...staged, unsound: name })), 'inconclusive', name);
    t.equal(outcome(judged(affinityEntryCheck, options, { ...staged, without: [name] })), 'inconclusive', name);
  }
  t.equal(found('nonsense', entry(1, 900)), 'inconclusive');
});
