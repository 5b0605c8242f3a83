import type { Text } from '../core/text.js';
import type { AllowedDifference } from './difference.js';

/** What a real cluster has and the embedded one has not, and why it may be so. */
export interface AllowedReason {
  readonly id: string;
  readonly reason: Text;
  readonly patterns: readonly Omit<AllowedDifference, 'id'>[];
  /** They are for what is predicted in nftables mode alone, and no side is named: whatever is not predicted. */
  readonly besidePredicted?: boolean;
}

const kind = 'kind';

/** A rule, in any chain, of a Service that kubeadm makes. */
const ofSystemServices = /(default\/kubernetes:https|kube-system\/kube-dns:(dns|dns-tcp|metrics))[ "/]/;

/** Everything else that the two differ in fails. The table of docs/parity.md is this list. */
export const allowedReasons: readonly AllowedReason[] = [
  {
    id: 'system-services',
    reason: {
      en: 'the embedded cluster has no API server and no DNS, and so no Services default/kubernetes and kube-system/kube-dns',
      ko: '내장 클러스터에는 API 서버와 DNS가 없으므로 default/kubernetes와 kube-system/kube-dns 서비스도 없다',
    },
    patterns: [
      { only: kind, section: /^nat KUBE-SERVICES$/, line: ofSystemServices },
      {
        only: kind,
        section:
          /^nat KUBE-(SVC-[A-Z2-7]{16} of|SEP of) (default\/kubernetes:https|kube-system\/kube-dns:(dns|dns-tcp|metrics))\/(tcp|udp)( |$)/,
        line: /^/,
      },
    ],
  },
  {
    id: 'system-pods',
    reason: {
      en: 'the embedded cluster has no coredns pods and no provisioner of volumes, and so no links and routes to them',
      ko: '내장 클러스터에는 coredns 파드와 볼륨 프로비저너가 없으므로 그 링크와 경로도 없다',
    },
    patterns: [
      { only: kind, section: /^link veth of pod\/(kube-system\/coredns|local-path-storage\/local-path-provisioner)-\* on /, line: /^/ },
      {
        only: kind,
        section: /^routes$/,
        line: /^pod\/(kube-system\/coredns|local-path-storage\/local-path-provisioner)-\* on \S+ dev veth of /,
      },
    ],
  },
  {
    id: 'docker-resolver',
    reason: {
      en: 'Docker puts the rules of its own resolver into each node',
      ko: 'Docker는 자체 리졸버의 규칙을 노드마다 넣는다',
    },
    patterns: [
      { only: kind, section: /^nat DOCKER_(OUTPUT|POSTROUTING)$/, line: /^policy -$|^-[ds] \S.* --[ds]port \d+ -j [DS]NAT / },
      {
        only: kind,
        section: /^nat (PREROUTING|OUTPUT|POSTROUTING)$/,
        line: /^-d \d+\.\d+\.\d+\.\d+\/32 -j DOCKER_(OUTPUT|POSTROUTING)$/,
      },
    ],
  },
  {
    id: 'nfacct',
    reason: {
      en: 'kube-proxy counts some packets with nfacct where the kernel has it, which few have; the match changes nothing for a packet',
      ko: 'kube-proxy는 커널에 nfacct가 있으면(있는 커널이 드물다) 일부 패킷을 그것으로 센다. 패킷의 처리는 달라지지 않는다',
    },
    patterns: [
      {
        only: kind,
        section: /^filter KUBE-FORWARD$/,
        line: /-m nfacct --nfacct-name ct_state_invalid_dropped_pkts /,
        without: /-m nfacct --nfacct-name ct_state_invalid_dropped_pkts /,
      },
      {
        only: kind,
        section: /^nat KUBE-NODEPORTS$/,
        line: /^-d 127\.0\.0\.0\/8 .*-m nfacct --nfacct-name localhost_nps_accepted_pkts -j KUBE-EXT-/,
      },
    ],
  },
  {
    id: 'emptied-chains',
    reason: {
      en: "in nftables mode kube-proxy empties a Service's chain that is needed no more, and deletes it at a later sync",
      ko: 'nftables 모드의 kube-proxy는 필요 없어진 서비스 체인을 먼저 비우고, 나중 동기화에서 지운다',
    },
    // v1.31.0, pkg/proxy/nftables/proxier.go, `staleChains`. What is left until then is the declaration; a rule in it is a line of its own.
    besidePredicted: true,
    patterns: [{ only: '', section: /^nftables chain \S+\/\S+$/, line: /^\(declared\)$/ }],
  },
  {
    id: 'iptables-leftovers',
    reason: {
      en: 'kube-proxy that starts in nftables mode leaves two chains of iptables mode behind, to which nothing leads any more',
      ko: 'kube-proxy가 nftables 모드로 시작하면 iptables 모드의 체인 두 개를 남긴다. 그리로 가는 규칙은 더 이상 없다',
    },
    // v1.31.0, pkg/proxy/iptables/proxier.go, CleanupLeftovers.
    besidePredicted: true,
    patterns: [
      { only: '', section: /^(mangle|filter|nat) KUBE-PROXY-CANARY$/, line: /^\(the chain\)$/ },
      {
        only: '',
        section: /^nat KUBE-MARK-MASQ$/,
        line: /^\(the chain\)$|^-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000\/0x4000$/,
      },
    ],
  },
];

export const allowedDifferences = patternsOf(({ besidePredicted }) => besidePredicted !== true);

/** @param side the cluster that is held against what is predicted for nftables mode. */
export function allowedBesidePredicted(side: string): readonly AllowedDifference[] {
  return patternsOf(({ besidePredicted }) => besidePredicted === true).map((pattern) => ({ ...pattern, only: side }));
}

function patternsOf(which: (reason: AllowedReason) => boolean): readonly AllowedDifference[] {
  return allowedReasons.filter(which).flatMap(({ id, patterns }) => patterns.map((pattern) => ({ id, ...pattern })));
}
