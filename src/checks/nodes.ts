import { z } from 'zod';
import type { Text } from '../core/text.js';
import { isNode } from '../objects/guards.js';
import type { Node } from '../objects/kubernetes.js';
import { type Ipv4Range, parseIpv4Range, rangeHolds } from '../proxy/ipv4.js';
import { defineCheck } from './lab-check.js';
import { objects } from './options.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  label: z.string().min(1).describe('The label that every node carries'),
  values: z
    .record(z.string().min(1), z.string())
    .refine((values) => Object.keys(values).length > 0, 'names no node')
    .describe("Each node's name, and its value of the label"),
});

/**
 * Exactly these nodes, each with its label and a pod range of its own. The objects do not hold the cluster's pod subnet, so of the ranges it asks
 * that they are private (RFC 1918), of one size, and apart from each other.
 */
export const nodesCheck = defineCheck({
  kind: 'nodes',
  optionsSchema,
  reasons: ['count', 'label', 'pod-range'],
  observations: () => [objects],
  judge({ options: { label, values }, evidence: { view } }) {
    const nodes = view.objects(objects).filter(isNode);
    const names = Object.keys(values);
    const wanted = names.map((name) => `${name} (${label}=${values[name]})`).join(', ');
    const found = {
      expected: {
        en: `${plural(names.length, 'node')}: ${wanted}; private pod ranges of one size, apart from each other`,
        ko: `노드 ${names.length}개: ${wanted}. 크기가 같고 서로 겹치지 않는 사설 파드 대역`,
      },
      seen: seenOf(nodes, label),
    };
    const sameNames = nodes.length === names.length && nodes.every((node) => Object.hasOwn(values, node.metadata.name));
    if (!sameNames) return { status: 'fail', reason: 'count', ...found };
    if (nodes.some((node) => node.metadata.labels?.[label] !== values[node.metadata.name]))
      return { status: 'fail', reason: 'label', ...found };
    if (!apart(nodes.map(({ spec }) => spec.podCIDR))) return { status: 'fail', reason: 'pod-range', ...found };
    return { status: 'pass', ...found };
  },
});

function seenOf(nodes: readonly Node[], label: string): Text {
  const list = nodes
    .map(({ metadata, spec }) => `${metadata.name} (${label}=${metadata.labels?.[label] ?? '-'}, ${spec.podCIDR ?? '-'})`)
    .join(', ');
  return { en: `${plural(nodes.length, 'node')}: ${list}`, ko: `노드 ${nodes.length}개: ${list}` };
}

/** Ranges of one size are either the same or apart. */
function apart(texts: readonly (string | undefined)[]): boolean {
  const ranges = texts.map((text) => (text?.includes('/') ? parseIpv4Range(text) : undefined)).filter((range) => range !== undefined);
  const ofOneSize = ranges.every((range) => isPrivate(range) && range.bits === ranges[0]?.bits);
  return ofOneSize && new Set(ranges.map(({ base }) => base)).size === texts.length;
}

function isPrivate(range: Ipv4Range): boolean {
  return ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].some((text) => {
    const whole = parseIpv4Range(text);
    return whole !== undefined && range.bits >= whole.bits && rangeHolds(whole, range.base);
  });
}
