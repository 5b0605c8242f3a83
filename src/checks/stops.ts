import type { Text } from '../core/text.js';
import { same } from '../core/text.js';
import type { Rule, Ruleset } from '../proxy/model.js';
import { serviceRules, sharedRules } from '../proxy/service-rules.js';

/** Where a packet to a Service is counted on its way through a node's rules. */
export const stops = [
  'portal',
  'cascade',
  'dnat',
  'prerouting',
  'unmarked-return',
  'masquerade-mark',
  'forward-kube-forward',
  'forward-kube-services',
  'dropped',
] as const;

export type Stop = (typeof stops)[number];

export interface StopRules {
  readonly tables: readonly string[];
  /** What a student looks for in `iptables-save -c`. */
  readonly name: (chain: string) => Text;
  /** @param chain the Service's KUBE-SVC chain. */
  readonly rules: (ruleset: Ruleset, chain: string) => readonly Rule[];
}

export const stopRules: Readonly<Record<Stop, StopRules>> = {
  portal: {
    tables: ['nat'],
    name: (chain) => same(`KUBE-SERVICES -> ${chain}`),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).portals,
  },
  cascade: {
    tables: ['nat'],
    name: (chain) => same(`${chain} -> KUBE-SEP`),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).cascade.map(({ rule }) => rule),
  },
  dnat: {
    tables: ['nat'],
    name: () => same('KUBE-SEP -> DNAT'),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).endpoints.flatMap(({ dnat }) => dnat),
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
  'masquerade-mark': {
    tables: ['nat'],
    name: (chain) => ({
      en: `${chain} and its KUBE-SEP -> KUBE-MARK-MASQ or the 0x4000 mark`,
      ko: `${chain}, KUBE-SEP -> KUBE-MARK-MASQ 또는 0x4000 마크`,
    }),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).masquerade,
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
  dropped: {
    tables: ['raw', 'mangle', 'nat', 'filter', 'security'],
    name: () => ({ en: 'DROP and REJECT of every table', ko: '모든 테이블의 DROP, REJECT' }),
    rules: (ruleset) => sharedRules(ruleset).refusals,
  },
};
