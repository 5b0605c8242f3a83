import t from 'tap';
import { affinityRulesCheck } from './affinity-rules.js';
import { clientNode, replaced, service, sliceObject } from './testing/cluster.js';
import { inserted, sticky, type TestRule } from './testing/rules.js';
import { type Change, judged, outcome } from './testing/stage.js';

const options = { on: 'nodes', service: 'service', seconds: 10_800 };
const withAffinity: Change = (rules) => sticky(rules, 10_800);
/** Session affinity everywhere, but for some rules of one node. */
const but =
  (by: (rules: readonly TestRule[]) => readonly TestRule[]): Change =>
  (rules, at) =>
    at.node === clientNode ? by(withAffinity(rules, at)) : withAffinity(rules, at);
const found = (by: (rules: readonly TestRule[]) => readonly TestRule[], wanted: unknown = options) =>
  outcome(judged(affinityRulesCheck, wanted, { change: but(by) }));
const inSpec = (id: string, from: string, to: string) => (rules: readonly TestRule[]) =>
  rules.map((rule) => (rule.id === id ? { ...rule, spec: rule.spec.replace(from, to) } : rule));

t.test('every endpoint has its own list, looked into before the cascade and written behind it', async (t) => {
  const verdict = judged(affinityRulesCheck, options, { change: withAffinity });
  t.equal(verdict.status, 'pass');
  t.match(verdict.seen.en, /--rcheck --seconds 10800 --reap and --set for webpod1, webpod2, webpod3$/);
});

t.test('one rule that is not as it should be, on one node alone', async (t) => {
  t.equal(
    found((rules) => rules.filter(({ id }) => id !== 'known1')),
    'rcheck',
  );
  t.equal(
    found((rules) => [...rules.filter(({ id }) => id !== 'known1'), ...rules.filter(({ id }) => id === 'known1')]),
    'rcheck',
    'one behind the cascade is never asked',
  );
  t.equal(found(inSpec('known2', '--seconds 10800', '--seconds 60')), 'seconds');
  t.equal(found(inSpec('known2', ' --reap', '')), 'reap');
  t.equal(found(inSpec('dnat0', '--set', '--update')), 'set');
  const direct = { id: 'direct', table: 'nat', spec: '-p tcp -j DNAT --to-destination 10.10.1.2:80' } as const;
  t.equal(
    found((rules) => inserted(rules, { ...direct, chain: rules.find(({ id }) => id === 'dnat0')?.chain ?? '' })),
    'set',
    'one before it translates and remembers nobody',
  );
  t.equal(outcome(judged(affinityRulesCheck, options)), 'rcheck', 'no affinity at all');
});

t.test('a Service that keeps no client', async (t) => {
  const none = { ...options, seconds: 'none' };
  t.equal(outcome(judged(affinityRulesCheck, none)), 'pass');
  t.equal(outcome(judged(affinityRulesCheck, none, { change: withAffinity })), 'left');
  const alone = { id: 'left', table: 'nat', chain: service.chain, spec: '-m recent --set --name SOME --rsource' } as const;
  t.equal(
    outcome(judged(affinityRulesCheck, none, { change: (rules) => inserted(rules, alone) })),
    'left',
    'also where the rule leads nowhere',
  );
});

t.test('no endpoint', async (t) => {
  const objects = replaced('svc-clusterip-abcde', sliceObject([]));
  t.equal(outcome(judged(affinityRulesCheck, options, { objects, change: withAffinity })), 'endpoints');
  t.equal(outcome(judged(affinityRulesCheck, { ...options, seconds: 'none' }, { objects })), 'endpoints');
});

t.test('without its evidence', async (t) => {
  for (const name of ['rules', 'objects'])
    t.equal(outcome(judged(affinityRulesCheck, options, { change: withAffinity, unsound: name })), 'inconclusive', name);
});
