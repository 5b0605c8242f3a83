import { z } from 'zod';
import { placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Ruleset } from '../proxy/model.js';
import { matchOption } from '../proxy/rule-parts.js';
import { serviceRules } from '../proxy/service-rules.js';
import type { Backend } from '../scene/scene.js';
import { countedPlaces } from './counted.js';
import { defineCheck } from './lab-check.js';
import { objects, placesOption, rulesOption, serviceOption } from './options.js';

const optionsSchema = z.strictObject({
  on: placesOption('the rules are read'),
  service: serviceOption,
  seconds: z
    .union([z.int().min(1), z.literal('none')])
    .describe("For how many seconds a client is remembered; 'none' where the Service keeps no client at its pod"),
  rules: rulesOption,
});

type Reason = 'endpoints' | 'rcheck' | 'seconds' | 'reap' | 'set' | 'left';

/**
 * The rules of session affinity (kube-proxy v1.31.0, pkg/proxy/iptables/proxier.go, writeServiceToEndpointRules and syncProxyRules): for each
 * ready endpoint one `recent --rcheck --seconds N --reap` in the Service's chain before the cascade, which looks into the endpoint's own list,
 * and `recent --set` where the endpoint's chain translates. With `none`, no rule of the Service looks into a list or writes into one.
 */
export const affinityRulesCheck = defineCheck({
  kind: 'affinity-rules',
  optionsSchema,
  reasons: ['endpoints', 'rcheck', 'seconds', 'reap', 'set', 'left'],
  observations: ({ rules }) => [rules, objects],
  judge({ options: { seconds, ...options }, evidence: { view, scene } }) {
    const { chain } = scene.service(options.service);
    const backends = scene.backends(options.service);
    const places = countedPlaces(view, options.rules, scene.places(options.on));
    const expected = expectedOf(chain, seconds, backends.length, places.length);
    const fail = (reason: Reason, seen: Text) => ({ status: 'fail', reason, expected, seen }) as const;

    if (backends.length === 0)
      return fail('endpoints', { en: 'the Service has no ready endpoint', ko: '서비스에 준비된 엔드포인트가 없음' });
    for (const { place, after } of places) {
      const node = placeName(place);
      const fault = seconds === 'none' ? leftOver(after, chain) : faultIn(after, chain, seconds, backends);
      if (fault !== undefined) return fail(fault.reason, { en: `${node}: ${fault.seen.en}`, ko: `${node}: ${fault.seen.ko}` });
    }
    const nodes = places.map(({ place }) => placeName(place)).join(', ');
    const seen: Text =
      seconds === 'none'
        ? {
            en: `${nodes}: no recent match in ${chain} and its endpoints' chains`,
            ko: `${nodes}: ${chain}과 엔드포인트 체인에 recent 매치 없음`,
          }
        : {
            en: `${nodes}: --rcheck --seconds ${seconds} --reap and --set for ${backends.map(({ name }) => name).join(', ')}`,
            ko: `${nodes}: ${backends.map(({ name }) => name).join(', ')}마다 --rcheck --seconds ${seconds} --reap과 --set`,
          };
    return { status: 'pass', expected, seen };
  },
});

interface Fault {
  readonly reason: Reason;
  readonly seen: Text;
}

function faultIn(ruleset: Ruleset, chain: string, seconds: number, backends: readonly Backend[]): Fault | undefined {
  const { cascade, endpoints } = serviceRules(ruleset, chain);
  const firstByChance = cascade.findIndex(({ sticky }) => !sticky);
  const known = cascade.slice(0, firstByChance === -1 ? cascade.length : firstByChance);
  for (const { name, chain: own } of backends) {
    const looks = known.filter(({ endpointChain, remembered }) => endpointChain === own && remembered?.list === own);
    if (looks.length === 0) {
      return {
        reason: 'rcheck',
        seen: {
          en: `before the cascade, no rule asks whether ${name} had the client`,
          ko: `사슬 앞에서 ${name}의 목록을 보는 규칙이 없음`,
        },
      };
    }
    const other = looks.find(({ remembered }) => remembered?.seconds !== seconds);
    if (other !== undefined) {
      const found = other.remembered?.seconds ?? 0;
      return { reason: 'seconds', seen: { en: `${name} is remembered for ${found} s`, ko: `${name}의 목록은 ${found}초 동안 유효` } };
    }
    if (looks.some(({ remembered }) => remembered?.reap !== true))
      return { reason: 'reap', seen: { en: `${name}'s rule does not reap`, ko: `${name}의 규칙에 --reap이 없음` } };
    const endpoint = endpoints.find((candidate) => candidate.chain === own);
    if (endpoint?.remembersIn !== own) {
      return {
        reason: 'set',
        seen: {
          en: `${own} translates without --set, so that ${name} remembers nobody`,
          ko: `${own}이 --set 없이 변환해 ${name}의 목록에 남지 않음`,
        },
      };
    }
  }
  return undefined;
}

function leftOver(ruleset: Ruleset, chain: string): Fault | undefined {
  const { cascade, endpoints, foreign } = serviceRules(ruleset, chain);
  const all = [...cascade.map(({ rule }) => rule), ...endpoints.flatMap(({ dnat }) => dnat), ...foreign];
  const left = all.find((rule) => ['--rcheck', '--set', '--update'].some((flag) => matchOption(rule, 'recent', flag) !== undefined));
  if (left === undefined) return undefined;
  const text = `-A ${left.chain} ${left.spec}`;
  return { reason: 'left', seen: { en: `a rule that remembers clients: ${text}`, ko: `클라이언트를 기억하는 규칙: ${text}` } };
}

function expectedOf(chain: string, seconds: number | 'none', endpoints: number, nodes: number): Text {
  if (seconds === 'none') {
    return {
      en: `no rule of ${chain} remembers clients, on each of ${nodes} nodes`,
      ko: `노드 ${nodes}개 모두 ${chain}에 클라이언트를 기억하는 규칙이 없음`,
    };
  }
  return {
    en: `${chain}: for each of ${endpoints} endpoints --rcheck --seconds ${seconds} --reap before the cascade, and --set in its own chain, on each of ${nodes} nodes`,
    ko: `노드 ${nodes}개 모두 ${chain}: 엔드포인트 ${endpoints}개마다 사슬 앞에 --rcheck --seconds ${seconds} --reap, 자기 체인에 --set`,
  };
}
