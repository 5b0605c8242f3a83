import type { Text } from '../core/text.js';
import { same } from '../core/text.js';
import type { Rule, Ruleset } from '../proxy/model.js';
import { externalChainOf, externalRules, serviceRules, sharedRules } from '../proxy/service-rules.js';
import type { SceneService } from '../scene/scene.js';

/** Where a packet to a Service is counted on its way through a node's rules. */
export const stops = [
  'portal',
  'cascade',
  'dnat',
  'node-ports',
  'node-port',
  'external-mark',
  'external',
  'prerouting',
  'unmarked-return',
  'masquerade',
  'masquerade-mark',
  'forward-kube-forward',
  'forward-kube-services',
  'no-local-endpoints',
  'dropped',
] as const;

export type Stop = (typeof stops)[number];

export interface StopRules {
  readonly tables: readonly string[];
  /** What a student looks for in `iptables-save -c`. */
  readonly name: (service: Counted) => Text;
  readonly rules: (ruleset: Ruleset, service: Counted) => readonly Rule[];
}

/** The Service whose connections are counted. */
export type Counted = Pick<SceneService, 'chain' | 'nodePort'>;

export const stopRules: Readonly<Record<Stop, StopRules>> = {
  portal: {
    tables: ['nat'],
    name: ({ chain }) => same(`KUBE-SERVICES -> ${chain}`),
    rules: (ruleset, { chain }) => serviceRules(ruleset, chain).portals,
  },
  cascade: {
    tables: ['nat'],
    name: ({ chain }) => same(`${chain} -> KUBE-SEP`),
    rules: (ruleset, { chain }) => serviceRules(ruleset, chain).cascade.map(({ rule }) => rule),
  },
  dnat: {
    tables: ['nat'],
    name: () => same('KUBE-SEP -> DNAT'),
    rules: (ruleset, { chain }) => serviceRules(ruleset, chain).endpoints.flatMap(({ dnat }) => dnat),
  },
  'node-ports': {
    tables: ['nat'],
    name: () => ({
      en: 'KUBE-SERVICES -> KUBE-NODEPORTS (last, addrtype LOCAL)',
      ko: 'KUBE-SERVICES -> KUBE-NODEPORTS(마지막 규칙, addrtype LOCAL)',
    }),
    rules: (ruleset) => sharedRules(ruleset).nodePorts,
  },
  'node-port': {
    tables: ['nat'],
    name: ({ chain }) => same(`KUBE-NODEPORTS -> ${externalChainOf(chain)}`),
    rules: (ruleset, { chain, nodePort }) => externalRules(ruleset, chain, nodePort).nodePorts,
  },
  'external-mark': {
    tables: ['nat'],
    name: ({ chain }) => same(`${externalChainOf(chain)} -> KUBE-MARK-MASQ`),
    rules: (ruleset, { chain, nodePort }) => externalRules(ruleset, chain, nodePort).marks,
  },
  external: {
    tables: ['nat'],
    name: ({ chain }) => ({
      en: `${externalChainOf(chain)} -> KUBE-SVC or KUBE-SVL`,
      ko: `${externalChainOf(chain)} -> KUBE-SVC 또는 KUBE-SVL`,
    }),
    rules: (ruleset, { chain, nodePort }) => externalRules(ruleset, chain, nodePort).onwards,
  },
  prerouting: {
    tables: ['nat'],
    name: () => same('PREROUTING -> KUBE-SERVICES'),
    rules: (ruleset) => sharedRules(ruleset).prerouting,
  },
  'unmarked-return': {
    tables: ['nat'],
    name: () => ({ en: 'KUBE-POSTROUTING -> RETURN (no 0x4000 mark)', ko: 'KUBE-POSTROUTING -> RETURN(0x4000 마크 없음)' }),
    rules: (ruleset) => sharedRules(ruleset).unmarked,
  },
  masquerade: {
    tables: ['nat'],
    name: () => same('KUBE-POSTROUTING -> MASQUERADE'),
    rules: (ruleset) => sharedRules(ruleset).masquerade,
  },
  'masquerade-mark': {
    tables: ['nat'],
    name: ({ chain }) => ({
      en: `${chain} and its KUBE-SEP -> KUBE-MARK-MASQ or the 0x4000 mark`,
      ko: `${chain}, KUBE-SEP -> KUBE-MARK-MASQ 또는 0x4000 마크`,
    }),
    rules: (ruleset, { chain }) => serviceRules(ruleset, chain).masquerade,
  },
  'forward-kube-forward': {
    tables: ['filter'],
    name: () => same('FORWARD -> KUBE-FORWARD'),
    rules: (ruleset) => sharedRules(ruleset).forward,
  },
  'forward-kube-services': {
    tables: ['filter'],
    name: () => same('FORWARD -> KUBE-SERVICES'),
    rules: (ruleset) => sharedRules(ruleset).forwardServices,
  },
  'no-local-endpoints': {
    tables: ['filter'],
    name: () => ({ en: 'KUBE-EXTERNAL-SERVICES -> DROP (no local endpoints)', ko: 'KUBE-EXTERNAL-SERVICES -> DROP(no local endpoints)' }),
    rules: (ruleset, { chain, nodePort }) => externalRules(ruleset, chain, nodePort).refusals,
  },
  dropped: {
    tables: ['raw', 'mangle', 'nat', 'filter', 'security'],
    name: () => ({ en: 'DROP and REJECT of every table', ko: '모든 테이블의 DROP, REJECT' }),
    rules: (ruleset) => sharedRules(ruleset).refusals,
  },
};
