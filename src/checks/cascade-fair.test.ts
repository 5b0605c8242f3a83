import t from 'tap';
import { cascadeFairCheck } from './cascade-fair.js';
import { clientNode, pods, replaced, service, sliceObject } from './testing/cluster.js';
import { endpointChainOf, inserted, type TestRule } from './testing/rules.js';
import { type Change, judged, outcome } from './testing/stage.js';

const options = { on: 'nodes', service: 'service' };
const change =
  (id: string, by: (rule: TestRule) => TestRule | readonly TestRule[]): Change =>
  (rules, { node }) =>
    node === clientNode ? rules.flatMap((rule) => (rule.id === id ? by(rule) : rule)) : rules;
const withStep = (id: string, by: (rule: TestRule) => TestRule | readonly TestRule[]) =>
  outcome(judged(cascadeFairCheck, options, { change: change(id, by) }));
const favoured =
  (probability: string, pod = 0): Change =>
  (rules) =>
    inserted(rules, {
      id: 'extra',
      table: 'nat',
      chain: service.chain,
      spec: `-m statistic --mode random --probability ${probability} -j ${endpointChainOf(pod)}`,
    });

t.test('a third, half of the rest, the rest', async (t) => {
  const verdict = judged(cascadeFairCheck, options);
  t.equal(verdict.status, 'pass');
  t.equal(verdict.expected.en, `${service.chain} leads to 3 endpoints with 1/3, 1/2, 1, on each of 4 nodes`);
  t.match(verdict.seen.en, /webpod1 0\.3333333335, webpod2 0\.5000000000, webpod3 1$/);
  t.match(verdict.details, [
    {
      kind: 'table',
      rows: [
        ['1', /^webpod1 \(KUBE-SEP-/, '0.33333333349', '100.0 %', '33.3 %'],
        ['2', /^webpod2 /, '0.50000000000', '66.7 %', '33.3 %'],
        ['3', /^webpod3 /, '-', '33.3 %', '33.3 %'],
      ],
    },
  ]);
});

t.test('as many endpoints as there should be', async (t) => {
  t.equal(outcome(judged(cascadeFairCheck, { ...options, count: 3 })), 'pass');
  t.equal(outcome(judged(cascadeFairCheck, { ...options, count: 5 })), 'endpoints');
});

t.test('another probability, on one node alone', async (t) => {
  t.equal(
    withStep('step0', (rule) => ({ ...rule, spec: rule.spec.replace('0.33333333349', '0.33333333489') })),
    'probability',
  );
  t.equal(
    withStep('step2', (rule) => ({ ...rule, spec: `-m statistic --mode random --probability 0.99 ${rule.spec}` })),
    'probability',
  );
});

t.test('one more rule for an endpoint', async (t) => {
  const verdict = judged(cascadeFairCheck, options, { change: favoured('0.9') });
  t.equal(outcome(verdict), 'probability');
  t.match(verdict.seen.en, /webpod1 0\.9000000000, webpod1 0\.3333333335/);
  const rest = change('step0', (rule) => [
    { ...rule, spec: rule.spec.replace('0.33333333349', '0.25') },
    { ...rule, handle: 901, spec: rule.spec },
  ]);
  t.equal(outcome(judged(cascadeFairCheck, options, { change: rest })), 'endpoints', 'even with fair steps, one endpoint is there twice');
});

t.test('an endpoint that no rule leads to, or a rule that leads elsewhere', async (t) => {
  t.equal(
    withStep('step1', () => []),
    'endpoints',
  );
  t.equal(
    withStep('dnat1', (rule) => ({ ...rule, spec: rule.spec.replace('10.10.2.2', '10.10.2.9') })),
    'endpoints',
  );
  t.equal(
    withStep('dnat1', () => []),
    'endpoints',
  );
  t.equal(
    withStep('dnat1', (rule) => [rule, { ...rule, handle: 902, spec: rule.spec.replace('10.10.2.2', '10.10.3.2') }]),
    'endpoints',
    'a chain that translates to two',
  );
  const objects = replaced('svc-clusterip-abcde', sliceObject([]));
  t.equal(outcome(judged(cascadeFairCheck, options, { objects })), 'endpoints');
  const gone: Change = (rules) =>
    rules.filter(({ chain }) => chain !== service.chain && !pods.some((_, i) => chain === endpointChainOf(i)));
  t.equal(
    outcome(judged(cascadeFairCheck, options, { objects, change: gone })),
    'endpoints',
    'no endpoint and no rule is nothing to call fair',
  );
});

t.test('rules that changed in between', async (t) => {
  const meanwhile: Change = (rules, { role }) =>
    role === 'after' ? rules.map((rule) => ({ ...rule, spec: rule.spec.replace('0.33333333349', '0.25') })) : rules;
  t.equal(outcome(judged(cascadeFairCheck, options, { change: meanwhile })), 'inconclusive');
});

t.test('without its evidence', async (t) => {
  for (const name of ['rules', 'objects']) t.equal(outcome(judged(cascadeFairCheck, options, { unsound: name })), 'inconclusive', name);
});
