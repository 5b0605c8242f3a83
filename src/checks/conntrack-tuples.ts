import { z } from 'zod';
import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import { type Flow, newFlows, type Tuple } from '../evidence/conntrack.js';
import type { Backend, ScenePod, SceneService } from '../scene/scene.js';
import { roleExpression } from '../schema/roles.js';
import { atPlaces } from './at-places.js';
import { defineCheck, type Finding } from './lab-check.js';
import { answersOption, objects, placesOption, tableOption } from './options.js';
import { answered, portUsedTwice } from './responders.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  on: placesOption('the connections are remembered'),
  originalDestination: roleExpression('The role of the Service that was asked for'),
  replySource: roleExpression('The role that names the endpoints, one of which answers'),
  replyDestination: roleExpression('The role of the pod that the answer goes back to'),
  table: tableOption,
  answers: answersOption,
});

type Reason = 'missing' | 'original-destination' | 'reply-source' | 'reply-destination';

/**
 * Each answered connection has one new entry, found by the client's address and port. NAT shows in its reply tuple: that is where the answer comes
 * from, and where it goes.
 */
export const conntrackTuplesCheck = defineCheck({
  kind: 'conntrack-tuples',
  optionsSchema,
  reasons: ['missing', 'original-destination', 'reply-source', 'reply-destination'],
  observations: ({ table, answers }) => [table, answers, objects],
  judge({ options, evidence: { view, scene } }) {
    const service = scene.service(options.originalDestination);
    const backends = scene.backends(options.replySource);
    const client = scene.pod(options.replyDestination);
    const connections = answered(view.answers(options.answers).answers);
    const tables = atPlaces(view.flows(options.table), scene.places(options.on), options.table);
    const flows = tables.flatMap(({ before, after }) => newFlows(before, after)).filter(({ protocol }) => protocol === service.protocol);
    const expected = expectedOf(service, backends, client);
    const fail = (reason: Reason, seen: Text): Finding<Reason> => ({ status: 'fail', reason, expected, seen });

    if (connections.length === 0) return fail('missing', { en: 'no connection was answered', ko: '응답받은 연결이 없음' });
    const again = portUsedTwice(connections);
    if (again !== undefined) return { status: 'inconclusive', why: again, expected, seen: again };
    const entries: Flow[] = [];
    for (const connection of connections) {
      const [entry, second] = flows.filter((flow) => isOf(flow, connection));
      const from = `${connection.localAddress}:${connection.localPort}`;
      if (entry === undefined)
        return fail('missing', { en: `no new entry for the connection from ${from}`, ko: `${from}에서 나온 연결의 새 항목이 없음` });
      if (second !== undefined) {
        const why = {
          en: `two new entries begin at ${from}: which is the connection's cannot be told`,
          ko: `${from}에서 시작하는 새 항목이 둘이라 어느 것이 이 연결인지 알 수 없습니다`,
        };
        return { status: 'inconclusive', why, expected, seen: why };
      }
      entries.push(entry);
    }
    const tests: readonly (readonly [Reason, (flow: Flow) => boolean])[] = [
      ['original-destination', ({ original }) => original.dst === service.address && original.dport === service.port],
      ['reply-source', ({ reply }) => backends.some(({ address, port }) => reply.src === address && reply.sport === port)],
      // The port may differ: where another connection's tuple is in the way, the kernel picks a free one (nf_nat_core.c, get_unique_tuple).
      ['reply-destination', ({ reply }) => reply.dst === client.address],
    ];
    for (const [reason, test] of tests) {
      const wrong = entries.find((entry) => !test(entry));
      if (wrong !== undefined) return fail(reason, describe(wrong));
    }
    return { status: 'pass', expected, seen: summaryOf(entries, backends, service, client) };
  },
});

function isOf({ original }: Flow, { localAddress, localPort }: Answer): boolean {
  return original.src === localAddress && original.sport === localPort;
}

function expectedOf({ address, port }: SceneService, backends: readonly Backend[], client: ScenePod): Text {
  const pods = backends.map((backend) => `${backend.address}:${backend.port}`).join(', ');
  return {
    en: `original -> ${address}:${port}; reply from one of ${pods} to ${client.address}`,
    ko: `원래 목적지 ${address}:${port}, 응답 출발지 ${pods} 중 하나, 응답 목적지 ${client.address}`,
  };
}

function describe({ original, reply }: Flow): Text {
  return {
    en: `original ${tuple(original)}; reply ${tuple(reply)}`,
    ko: `원래 방향 ${tuple(original)}, 응답 방향 ${tuple(reply)}`,
  };
}

function tuple({ src, sport, dst, dport }: Tuple): string {
  return `${src}:${sport ?? '-'} -> ${dst}:${dport ?? '-'}`;
}

function summaryOf(entries: readonly Flow[], backends: readonly Backend[], { address, port }: SceneService, client: ScenePod): Text {
  const by = backends.map((backend) => `${backend.name} ${entries.filter(({ reply }) => reply.src === backend.address).length}`).join(', ');
  return {
    en: `${plural(entries.length, 'connection')} to ${address}:${port}, answered by ${by}, back to ${client.address}`,
    ko: `${address}:${port}로 간 연결 ${entries.length}개, 응답한 파드 ${by}, 돌아간 곳 ${client.address}`,
  };
}
