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
  readonly table: 'nat' | 'filter';
  /** What a student looks for in `iptables-save -c`. */
  readonly name: (chain: string) => Text;
  /** @param chain the Service's KUBE-SVC chain. */
  readonly rules: (ruleset: Ruleset, chain: string) => readonly Rule[];
}

export const stopRules: Readonly<Record<Stop, StopRules>> = {
  portal: {
    table: 'nat',
    name: (chain) => same(`KUBE-SERVICES -> ${chain}`),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).portals,
  },
  cascade: {
    table: 'nat',
    name: (chain) => same(`${chain} -> KUBE-SEP`),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).cascade.map(({ rule }) => rule),
  },
  dnat: {
    table: 'nat',
    name: () => same('KUBE-SEP -> DNAT'),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).endpoints.flatMap(({ dnat }) => dnat),
  },
  prerouting: {
    table: 'nat',
    name: () => same('PREROUTING -> KUBE-SERVICES'),
    rules: (ruleset) => sharedRules(ruleset).prerouting,
  },
  'unmarked-return': {
    table: 'nat',
    name: () => ({ en: 'KUBE-POSTROUTING -> RETURN (no 0x4000 mark)', ko: 'KUBE-POSTROUTING -> RETURN(0x4000 마크 없음)' }),
    rules: (ruleset) => sharedRules(ruleset).unmarked,
  },
  'masquerade-mark': {
    table: 'nat',
    name: (chain) => ({ en: `${chain} and its KUBE-SEP -> KUBE-MARK-MASQ`, ko: `${chain}, KUBE-SEP -> KUBE-MARK-MASQ` }),
    rules: (ruleset, chain) => serviceRules(ruleset, chain).masquerade,
  },
  'forward-kube-forward': {
    table: 'filter',
    name: () => same('FORWARD -> KUBE-FORWARD'),
    rules: (ruleset) => sharedRules(ruleset).forward,
  },
  'forward-kube-services': {
    table: 'filter',
    name: () => same('FORWARD -> KUBE-SERVICES'),
    rules: (ruleset) => sharedRules(ruleset).forwardServices,
  },
  dropped: {
    table: 'filter',
    name: () => ({ en: 'DROP and REJECT of the filter table', ko: 'filter 테이블의 DROP, REJECT' }),
    rules: (ruleset) => sharedRules(ruleset).refusals,
  },
};
