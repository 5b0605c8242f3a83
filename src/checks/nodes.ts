import { z } from 'zod';
import type { Text } from '../core/text.js';
import { isNode } from '../objects/guards.js';
import type { Node } from '../objects/kubernetes.js';
import { parseIpv4Range } from '../proxy/ipv4.js';
import { defineCheck } from './lab-check.js';
import { objects } from './options.js';
import { isInside } from './output-values.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  label: z.string().min(1).describe('The label that every node carries'),
  values: z
    .record(z.string().min(1), z.string())
    .refine((values) => Object.keys(values).length > 0, 'names no node')
    .describe("Each node's name, and its value of the label"),
});

/**
 * Exactly these nodes, each with its label and a pod range of its own: inside the cluster's pod subnet, of one size, and apart from each other.
 */
export const nodesCheck = defineCheck({
  kind: 'nodes',
  optionsSchema,
  reasons: ['count', 'label', 'pod-range'],
  observations: () => [objects],
  judge({ options: { label, values }, evidence: { view, scene } }) {
    const { podSubnet } = scene.cluster;
    const nodes = view.objects(objects).filter(isNode);
    const names = Object.keys(values);
    const wanted = names.map((name) => `${name} (${label}=${values[name]})`).join(', ');
    const found = {
      expected: {
        en: `${plural(names.length, 'node')}: ${wanted}; pod ranges of one size inside ${podSubnet}, apart from each other`,
        ko: `노드 ${names.length}개: ${wanted}. ${podSubnet} 안에서 크기가 같고 서로 겹치지 않는 파드 대역`,
      },
      seen: seenOf(nodes, label),
    };
    const sameNames = nodes.length === names.length && nodes.every((node) => Object.hasOwn(values, node.metadata.name));
    if (!sameNames) return { status: 'fail', reason: 'count', ...found };
    if (nodes.some((node) => node.metadata.labels?.[label] !== values[node.metadata.name]))
      return { status: 'fail', reason: 'label', ...found };
    if (
      !apart(
        nodes.map(({ spec }) => spec.podCIDR),
        podSubnet,
      )
    )
      return { status: 'fail', reason: 'pod-range', ...found };
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
function apart(texts: readonly (string | undefined)[], whole: string): boolean {
  const inside = texts.filter((text) => text?.includes('/') && isInside(text, whole));
  const ranges = inside.map((text) => parseIpv4Range(text ?? '')).filter((range) => range !== undefined);
  const ofOneSize = ranges.every((range) => range.bits === ranges[0]?.bits);
  return ofOneSize && new Set(ranges.map(({ base }) => base)).size === texts.length;
}
