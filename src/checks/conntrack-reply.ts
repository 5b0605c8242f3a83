import { z } from 'zod';
import { placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import { type Flow, newFlows } from '../evidence/conntrack.js';
import { roleExpression } from '../schema/roles.js';
import { atPlaces } from './at-places.js';
import { defineCheck, type Finding } from './lab-check.js';
import { objects, placesOption, tableOption } from './options.js';
import { joined } from './wording.js';

const optionsSchema = z.strictObject({
  on: z.array(placesOption('the packets are remembered')).min(1).describe('Every place where the packets are remembered'),
  protocol: z.enum(['icmp', 'tcp', 'udp']).describe('The protocol of the entries'),
  from: roleExpression('The role of the pod that began'),
  to: roleExpression('The role of what it spoke to: a pod, a node or the outside client'),
  replyTo: roleExpression(
    'The role that the reply goes to: that of from where nothing is translated, its node (client.node) where it is masqueraded',
  ),
  table: tableOption,
});

type Reason = 'missing' | 'reply-source' | 'reply-destination';

/**
 * Each of these places has a new entry for what one address sent to another. NAT would show in its reply tuple: without it that is the original
 * one turned round.
 */
export const conntrackReplyCheck = defineCheck({
  kind: 'conntrack-reply',
  optionsSchema,
  reasons: ['missing', 'reply-source', 'reply-destination'],
  observations: ({ table }) => [table, objects],
  judge({ options, evidence: { view, scene } }) {
    const { address } = scene.pod(options.from);
    const target = scene.value([options.to, 'address']);
    const replyTo = scene.value([...options.replyTo.split('.'), 'address']);
    const places = [...new Set(options.on.flatMap((expression) => scene.places(expression)))];
    const tables = atPlaces(view.flows(options.table), places, options.table).map(({ place, before, after }) => ({
      place,
      entries: newFlows(before, after).filter(
        ({ protocol, original }) => protocol === options.protocol && original.src === address && original.dst === target,
      ),
    }));
    const expected = {
      en: `${options.protocol} ${address} -> ${target}, reply ${target} -> ${replyTo}, at ${places.map(placeName).join(', ')}`,
      ko: `${places.map(placeName).join(', ')}에서 ${options.protocol} ${address} -> ${target}, 응답 ${target} -> ${replyTo}`,
    };
    const fail = (reason: Reason, seen: Text): Finding<Reason> => ({ status: 'fail', reason, expected, seen });
    const tests: readonly (readonly [Reason, (flow: Flow) => boolean])[] = [
      ['reply-source', ({ reply }) => reply.src === target],
      ['reply-destination', ({ reply }) => reply.dst === replyTo],
    ];
    for (const [reason, fits] of tests) {
      for (const { place, entries } of tables) {
        const wrong = entries.find((entry) => !fits(entry));
        if (wrong !== undefined) {
          const { en, ko } = describe(wrong);
          return fail(reason, { en: `${placeName(place)}: ${en}`, ko: `${placeName(place)}: ${ko}` });
        }
      }
    }
    // Behind a node that translates, the next one knows the packets by other addresses: the first is to blame, and was named above.
    const blind = tables.find(({ entries }) => entries.length === 0);
    if (blind !== undefined) {
      const at = placeName(blind.place);
      return fail('missing', { en: `no new entry at ${at}`, ko: `${at}에 새 항목이 없음` });
    }
    const seen = joined(
      tables.map(({ place, entries }) => ({
        en: `${placeName(place)}: ${entries.length} new ${entries.length === 1 ? 'entry' : 'entries'}`,
        ko: `${placeName(place)}: 새 항목 ${entries.length}개`,
      })),
    );
    return { status: 'pass', expected, seen };
  },
});

function describe({ original, reply }: Flow): Text {
  const there = `${original.src} -> ${original.dst}`;
  const back = `${reply.src} -> ${reply.dst}`;
  return { en: `original ${there}, reply ${back}`, ko: `원래 방향 ${there}, 응답 방향 ${back}` };
}
