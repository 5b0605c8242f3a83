import { z } from 'zod';
import type { Detail } from '../core/check.js';
import { placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import { type RecentEntry, renewedEntries } from '../evidence/xt-recent.js';
import type { Backend } from '../scene/scene.js';
import { atPlaces } from './at-places.js';
import { defineCheck } from './lab-check.js';
import { answersOption, clientOption, objects, placesOption, serviceOption } from './options.js';
import { answered, responderOf } from './responders.js';

const optionsSchema = z.strictObject({
  on: placesOption("the lists are read: the client's node"),
  service: serviceOption,
  client: clientOption,
  recent: z.string().min(1).default('recent').describe("The observation that holds the recent lists; 'recent' unless said"),
  answers: answersOption,
});

type Reason = 'control' | 'missing' | 'elsewhere';

/**
 * The client's connections left its address in the list of each pod that answered it, and in no list of another endpoint: an entry that was
 * made or renewed between the two readings, so that one of an earlier time proves nothing.
 */
export const affinityEntryCheck = defineCheck({
  kind: 'affinity-entry',
  optionsSchema,
  reasons: ['control', 'missing', 'elsewhere'],
  observations: ({ recent, answers }) => [recent, answers, objects],
  judge({ options, evidence: { view, scene } }) {
    const client = scene.pod(options.client);
    const backends = scene.backends(options.service);
    const [lists] = atPlaces(view.recent(options.recent), scene.places(options.on), options.recent);
    const good = answered(view.answers(options.answers).answers);
    const responders = new Set(good.flatMap((answer) => responderOf(answer, backends) ?? []));
    const names = [...responders].map(({ name }) => name).join(', ');
    const expected: Text = {
      en: `${client.address} in the list of ${names || 'the pod that answers'}, and in no other, written by these connections`,
      ko: `이 연결들이 ${names || '응답한 파드'}의 목록에만 ${client.address}를 남김`,
    };
    const before = lists?.before ?? [];
    const after = lists?.after ?? [];
    const renewed = renewedEntries(before, after).filter(({ address }) => address === client.address);
    const seen = seenOf(renewed, backends, client.address);
    const details = detailsOf(after, renewed, backends, placeName(lists?.place ?? ''));
    const fail = (reason: Reason, text: Text = seen) => ({ status: 'fail', reason, expected, seen: text, details }) as const;

    if (responders.size === 0) return fail('control', { en: 'no endpoint of the Service answered', ko: '응답한 엔드포인트가 없음' });
    const written = new Set(renewed.map(({ list }) => list));
    if (![...responders].every(({ chain }) => written.has(chain))) return fail('missing');
    const chains = new Set([...responders].map(({ chain }) => chain));
    const own = new Set(backends.map(({ chain }) => chain));
    if (renewed.some(({ list }) => own.has(list) && !chains.has(list))) return fail('elsewhere');
    return { status: 'pass', expected, seen, details };
  },
});

function seenOf(renewed: readonly RecentEntry[], backends: readonly Backend[], address: string): Text {
  const where = renewed.map(({ list }) => ownerOf(list, backends)).join(', ');
  return where === ''
    ? { en: `no list was written with ${address}`, ko: `${address}를 남긴 목록이 없음` }
    : { en: `${address} was written into the list of ${where}`, ko: `${address}를 남긴 목록: ${where}` };
}

function ownerOf(list: string, backends: readonly Backend[]): string {
  return backends.find(({ chain }) => chain === list)?.name ?? list;
}

/** Every entry of the endpoints' lists, as they are afterwards. */
function detailsOf(
  after: readonly RecentEntry[],
  renewed: readonly RecentEntry[],
  backends: readonly Backend[],
  node: string,
): readonly Detail[] {
  const entries = after.filter(({ list }) => backends.some(({ chain }) => chain === list));
  const rows = entries.map((entry) => [
    node,
    `${entry.list} (${ownerOf(entry.list, backends)})`,
    entry.address,
    String(entry.lastSeen),
    renewed.includes(entry) ? '*' : '',
  ]);
  const columns = [
    { en: 'node', ko: '노드' },
    { en: 'list', ko: '목록' },
    { en: 'client', ko: '클라이언트' },
    { en: 'last seen (jiffies)', ko: '마지막 시각(jiffies)' },
    { en: 'now', ko: '이번' },
  ];
  return rows.length === 0 ? [] : [{ kind: 'table', columns, rows }];
}
