import { z } from 'zod';
import type { Text } from '../core/text.js';
import type { ArpPacket } from '../evidence/packet.js';
import type { CaptureView } from '../evidence/view.js';
import { formatIpv4, parseIpv4Range } from '../proxy/ipv4.js';
import type { ScenePod } from '../scene/scene.js';
import { roleExpression } from '../schema/roles.js';
import { atPlaces } from './at-places.js';
import { uplink } from './connections.js';
import { defineCheck, type Finding } from './lab-check.js';
import { objects, wireOption } from './options.js';

const optionsSchema = z.strictObject({
  pod: roleExpression('The role of the pod whose wire it is'),
  asks: z.enum(['pod', 'node']).describe("Which end asks: the pod for its gateway's address, or the node for the pod's"),
  wire: wireOption,
});

/** Of ARP (RFC 826). */
const operations = { request: 1, reply: 2 } as const;

/**
 * One end of a pod's wire asks for the other end's address, telling its own, and the other end answers. The node's end has the first address of the
 * node's pod range, which the CNI plugin host-local gives to no pod but keeps for the gateway.
 */
export const arpCheck = defineCheck({
  kind: 'arp',
  optionsSchema,
  reasons: ['not-asked', 'not-answered'],
  observations: ({ wire }) => [wire, objects],
  judge({ options, evidence: { view, scene } }) {
    const pod = scene.pod(options.pod);
    const gateway = gatewayOf(pod);
    const [asking, asked] = options.asks === 'node' ? [gateway, pod.address] : [pod.address, gateway];
    const [capture] = atPlaces(view.captures(options.wire), [pod.node.place], options.wire);
    const [question, answer] = options.asks === 'node' ? (['out', 'in'] as const) : (['in', 'out'] as const);
    const seenOn = onWires(capture);
    const requests = seenOn.filter(
      ({ packet }) => packet.operation === operations.request && packet.direction === question && packet.destination === asked,
    );
    const expected = {
      en: `who-has ${asked} tell ${asking}, and its answer, on the wire of ${pod.name}`,
      ko: `${pod.name}의 선에서 who-has ${asked} tell ${asking} 질문과 그 응답`,
    };
    const fail = (reason: 'not-asked' | 'not-answered', seen: Text): Finding<typeof reason> => ({ status: 'fail', reason, expected, seen });
    const told = requests.find(({ packet }) => packet.source === asking);
    if (told === undefined) {
      const [other] = requests;
      if (other === undefined) return fail('not-asked', { en: `nobody asked for ${asked}`, ko: `${asked}를 묻는 질문이 없음` });
      const line = `who-has ${asked} tell ${other.packet.source} (${other.link})`;
      return fail('not-asked', { en: line, ko: line });
    }
    const reply = seenOn.find(
      ({ packet, link }) =>
        packet.operation === operations.reply &&
        packet.direction === answer &&
        packet.source === asked &&
        packet.destination === asking &&
        link === told.link,
    );
    const line = `who-has ${asked} tell ${asking} (${told.link})`;
    if (reply === undefined) return fail('not-answered', { en: `${line}, and no answer`, ko: `${line}, 응답 없음` });
    const both = `${line}; ${asked} is-at ${reply.packet.senderMac}`;
    return { status: 'pass', expected, seen: { en: both, ko: both } };
  },
});

function gatewayOf({ node }: ScenePod): string {
  const range = parseIpv4Range(node.podCIDR);
  return range === undefined ? '' : formatIpv4(range.base + 1);
}

/** Every ARP packet on a link of the node that leads to a pod. */
function onWires(capture: CaptureView | undefined): readonly { readonly packet: ArpPacket; readonly link: string }[] {
  return (capture?.packets ?? [])
    .filter((packet) => packet.kind === 'arp')
    .map((packet) => ({ packet, link: capture?.links.get(packet.ifindex ?? 0) ?? `if${packet.ifindex ?? 0}` }))
    .filter(({ link }) => link !== uplink);
}
