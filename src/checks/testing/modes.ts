import type { Verdict } from '../../core/check.js';
import type { Observation } from '../../core/evidence.js';
import { same } from '../../core/text.js';
import { EvidenceView } from '../../evidence/view.js';
import { Scene } from '../../scene/scene.js';
import { judgeClaim, type LabCheck } from '../lab-check.js';
import { clusterObjects, roles, service } from './cluster.js';
import type { TestRule } from './rules.js';
import { falseAlarm, readerOf, type Staged, taken } from './stage.js';

/** For tests alone: judges a step that was taken in several proxy modes; a text says why one could not be. */
export function judgedInModes(check: LabCheck, options: unknown, modes: Readonly<Record<string, Staged | string>>): Verdict {
  const files = new Map<string, Uint8Array>();
  const observations = Object.entries(modes).flatMap(([mode, staged]): readonly Observation[] => {
    if (typeof staged === 'string') {
      const soundness = { sound: false, why: same(staged) } as const;
      return [{ name: `objects@${mode}`, probe: 'objects', step: 'test', attempt: 1, parts: [], soundness }];
    }
    const one = taken(staged, `${mode}/`);
    for (const [name, bytes] of one.files) files.set(name, bytes);
    return one.observations.map((observation) => ({ ...observation, name: `${observation.name}@${mode}` }));
  });
  const evidence = { view: new EvidenceView(readerOf(files), observations), scene: new Scene(roles, clusterObjects()) };
  return judgeClaim(check, options, evidence, falseAlarm);
}

/** What nftables mode leaves of the rules of iptables mode. */
export function withoutServices(rules: readonly TestRule[]): readonly TestRule[] {
  return rules.filter(
    ({ chain, spec }) => !chain.startsWith('KUBE-') && !spec.includes('KUBE-SERVICES') && !spec.includes('KUBE-POSTROUTING'),
  );
}

const chain = 'service-TBJA4EUE-default/svc-clusterip/tcp/svc-webport';

/** kube-proxy's table in nftables mode, as `nft -j list ruleset` prints what is read of it. */
export const kubeProxyTable: readonly unknown[] = [
  { table: { family: 'ip', name: 'kube-proxy', handle: 30 } },
  { chain: { family: 'ip', table: 'kube-proxy', name: chain, handle: 39 } },
  {
    map: {
      ...{
        family: 'ip',
        name: 'service-ips',
        table: 'kube-proxy',
        type: ['ipv4_addr', 'inet_proto', 'inet_service'],
        handle: 12,
        map: 'verdict',
      },
      elem: [
        [{ concat: ['10.200.1.1', 'tcp', 443] }, { goto: { target: 'service-other' } }],
        [{ concat: [service.address, 'tcp', service.port] }, { goto: { target: chain } }],
      ],
    },
  },
  { rule: { family: 'ip', table: 'kube-proxy', chain, handle: 40, expr: [{ jump: { target: 'mark-for-masquerade' } }] } },
  {
    rule: {
      ...{ family: 'ip', table: 'kube-proxy', chain, handle: 41 },
      expr: [
        {
          vmap: {
            key: { numgen: { mode: 'random', mod: 3, offset: 0 } },
            data: { set: [0, 1, 2].map((k) => [k, { goto: { target: `endpoint-${k}` } }]) },
          },
        },
      ],
    },
  },
];
