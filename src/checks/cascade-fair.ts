import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Backend } from '../scene/scene.js';
import { type CascadeRule, steadyCascade, strangerIn } from './cascade.js';
import { countedPlaces } from './counted.js';
import { defineCheck } from './lab-check.js';
import { objects, placesOption, rulesOption, serviceOption } from './options.js';

const optionsSchema = z.strictObject({
  on: placesOption('the rules are read'),
  service: serviceOption,
  count: z.int().min(1).exactOptional().describe('How many endpoints there are; as many as are ready unless said'),
  rules: rulesOption,
});

/**
 * At every place, the Service's chain leads to each ready endpoint once, and of its n rules to endpoints the k-th has the probability 1/(n-k+1)
 * (kube-proxy v1.31.0, pkg/proxy/iptables/proxier.go, writeServiceToEndpointRules). Rules to endpoints that someone else put there count among
 * the n; any other rule of theirs in these chains is `foreign`: with it the cascade is not what decides.
 */
export const cascadeFairCheck = defineCheck({
  kind: 'cascade-fair',
  optionsSchema,
  reasons: ['endpoints', 'probability', 'foreign'],
  observations: ({ rules }) => [rules, objects],
  judge({ options, evidence: { view, scene } }) {
    const { chain } = scene.service(options.service);
    const backends = scene.backends(options.service);
    const places = countedPlaces(view, options.rules, scene.places(options.on));
    const cascades = places.map((counted) => ({ node: placeName(counted.place), rules: steadyCascade(counted, chain) }));
    const shares = backends.map((_, k) => (k === backends.length - 1 ? '1' : `1/${backends.length - k}`)).join(', ');
    const expected: Text = {
      en: `${chain} leads to ${backends.length} endpoints with ${shares || 'no rule'}, on each of ${places.length} nodes`,
      ko: `노드 ${places.length}개 모두 ${chain}: 엔드포인트 ${backends.length}개에 차례로 ${shares || '규칙 없음'}`,
    };
    const fail = (reason: 'endpoints' | 'probability', at: { readonly node: string; readonly rules: readonly CascadeRule[] }) =>
      ({ status: 'fail', reason, expected, seen: seenOf(at.node, at.rules, backends) }) as const;

    const stranger = cascades.find(({ rules }) => !leadsToAll(rules, backends));
    if (stranger !== undefined) return fail('endpoints', stranger);
    const unfair = cascades.find(({ rules }) => !rules.every(({ probability }, k) => isFair(probability, rules.length - k)));
    if (unfair !== undefined) return fail('probability', unfair);
    const repeated = cascades.find(({ rules }) => rules.length !== backends.length);
    if (repeated !== undefined) return fail('endpoints', repeated);
    const stray = places.map(({ place, after }) => ({ place, rule: strangerIn(after, chain) })).find(({ rule }) => rule !== undefined);
    if (stray?.rule !== undefined) {
      const text = `${placeName(stray.place)}: -A ${stray.rule.chain} ${stray.rule.spec}`;
      return {
        status: 'fail',
        reason: 'foreign',
        expected,
        seen: { en: `a rule that decides beside the cascade: ${text}`, ko: `사슬과 별개로 결정하는 규칙: ${text}` },
      };
    }
    const [first] = cascades;
    if (options.count !== undefined && backends.length !== options.count) {
      return {
        status: 'fail',
        reason: 'endpoints',
        expected,
        seen: {
          en: `${backends.length} ready endpoints, where ${options.count} should be`,
          ko: `준비된 엔드포인트가 ${options.count}개여야 하지만 ${backends.length}개`,
        },
      };
    }
    if (first === undefined || backends.length === 0) {
      return {
        status: 'fail',
        reason: 'endpoints',
        expected,
        seen: { en: 'the Service has no ready endpoint', ko: '서비스에 준비된 엔드포인트가 없음' },
      };
    }
    const seen = seenOf(cascades.map(({ node }) => node).join(', '), first.rules, backends);
    return { status: 'pass', expected, seen, details: [explained(first.rules, backends)] };
  },
});

/** The kernel keeps a probability as a whole number of 2^-31 (iptables 1.8.9, libxt_statistic.c). */
function isFair(probability: number, rulesLeft: number): boolean {
  return Math.abs(probability - 1 / rulesLeft) <= 2 ** -31;
}

function leadsToAll(rules: readonly CascadeRule[], backends: readonly Backend[]): boolean {
  const wanted = new Set(backends.map(addressOf));
  const found = new Set(rules.map(({ destination }) => destination));
  return found.size === wanted.size && [...wanted].every((address) => found.has(address));
}

function addressOf({ address, port }: Backend): string {
  return `${address}:${port}`;
}

function seenOf(node: string, rules: readonly CascadeRule[], backends: readonly Backend[]): Text {
  const steps = rules
    .map(({ destination, probability }) => `${nameOf(destination, backends)} ${probability === 1 ? '1' : probability.toFixed(10)}`)
    .join(', ');
  return { en: `${node}: ${steps || 'no rule leads to an endpoint'}`, ko: `${node}: ${steps || '엔드포인트로 가는 규칙 없음'}` };
}

/** Rule by rule: what comes this far, what it takes of that, and what that is of all. */
function explained(rules: readonly CascadeRule[], backends: readonly Backend[]): Detail {
  let left = 1;
  const rows = rules.map(({ chain, destination, probability, written }, k) => {
    const reaching = left;
    left *= 1 - probability;
    return [
      String(k + 1),
      `${nameOf(destination, backends)} (${chain})`,
      written ?? '-',
      percent(reaching),
      percent(reaching * probability),
    ];
  });
  const columns = [
    { en: 'rule', ko: '규칙' },
    { en: 'leads to', ko: '가는 곳' },
    { en: 'probability', ko: '확률' },
    { en: 'reached by', ko: '여기까지 온 몫' },
    { en: 'of all', ko: '전체에서 가져가는 몫' },
  ];
  return { kind: 'table', columns, rows };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function nameOf(destination: string | undefined, backends: readonly Backend[]): string {
  return backends.find((backend) => addressOf(backend) === destination)?.name ?? destination ?? '?';
}
