/** What other programs can use of svclab: rules as kube-proxy writes them, the readers of evidence, and labs. */
export type { Check, Verdict } from './core/check.js';
export type { KubeObject, ManifestSource } from './core/cluster.js';
export type { RunEvent } from './core/events.js';
export type { Text } from './core/text.js';
export { parseConntrack } from './evidence/conntrack.js';
export { decodePackets } from './evidence/decode.js';
export { openRun } from './evidence/open-run.js';
export { readPcap } from './evidence/pcap.js';
export { loadManifests } from './objects/manifests.js';
export { parseIptablesSave } from './proxy/iptables/parse.js';
export { printIptablesSave } from './proxy/iptables/print.js';
export { type IptablesRules, iptablesRules } from './proxy/iptables/rules.js';
export { renderRulesFile } from './proxy/rules-file.js';
export { type Way, walk } from './proxy/walk.js';
