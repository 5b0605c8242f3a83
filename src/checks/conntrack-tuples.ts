import { z } from 'zod';
import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import { type Flow, newFlows, type Tuple } from '../evidence/conntrack.js';
import type { Backend, Scene } from '../scene/scene.js';
import { roleExpression } from '../schema/roles.js';
import { askedEnd, askedNode, outgoingAddress } from './asked.js';
import { atPlaces } from './at-places.js';
import { type End, textOf } from './end.js';
import { defineCheck, type Finding } from './lab-check.js';
import { answersOption, objects, placesOption, tableOption } from './options.js';
import { answered, portUsedTwice, rememberedPorts, rememberedText } from './responders.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  on: placesOption('the connections are remembered'),
  originalDestination: z
    .union([z.literal('target'), roleExpression('The role of the Service that was asked for')])
    .describe(
      "The role of the Service that was asked for; with 'target' what each request asked, such as a node's address and its node port",
    ),
  replySource: roleExpression('The role that names the endpoints, one of which answers'),
  replyDestination: z
    .union([z.literal('target'), roleExpression('The role of the client that the answer goes back to')])
    .describe(
      "The role of the client that the answer goes back to; with 'target' the node that was asked, by the address it masquerades with",
    ),
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
    const backends = scene.backends(options.replySource);
    const ends: Ends = {
      original: originalEnd(options.originalDestination, scene),
      reply: replyAddress(options.replyDestination, scene),
    };
    const connections = answered(view.answers(options.answers).answers);
    const tables = atPlaces(view.flows(options.table), scene.places(options.on), options.table);
    const fresh = tables.flatMap(({ before, after }) => newFlows(before, after));
    const flows = fresh.filter(({ protocol }) => protocol === 'tcp');
    const expected = expectedOf(options, connections[0], ends, backends);
    const fail = (reason: Reason, seen: Text): Finding<Reason> => ({ status: 'fail', reason, expected, seen });

    if (connections.length === 0) return fail('missing', { en: 'no connection was answered', ko: '응답받은 연결이 없음' });
    const again = portUsedTwice(connections);
    if (again !== undefined) return { status: 'inconclusive', why: again, expected, seen: again };
    const entries: Entry[] = [];
    const untold = rememberedPorts(connections, tables, fresh);
    for (const connection of connections) {
      const [entry, second] = flows.filter((flow) => isOf(flow, connection));
      const from = `${connection.localAddress}:${connection.localPort}`;
      if (untold.includes(from)) continue;
      if (entry === undefined)
        return fail('missing', { en: `no new entry for the connection from ${from}`, ko: `${from}에서 나온 연결의 새 항목이 없음` });
      if (second !== undefined) {
        const why = {
          en: `two new entries begin at ${from}: which is the connection's cannot be told`,
          ko: `${from}에서 시작하는 새 항목이 둘이라 어느 것이 이 연결인지 알 수 없습니다`,
        };
        return { status: 'inconclusive', why, expected, seen: why };
      }
      entries.push({ flow: entry, connection });
    }
    const backendOf = ({ reply }: Flow): Backend | undefined =>
      backends.find(({ address, port }) => reply.src === address && reply.sport === port);
    const tests: readonly (readonly [Reason, (entry: Entry) => boolean])[] = [
      ['original-destination', ({ flow, connection }) => isAt(ends.original(connection), flow.original.dst, flow.original.dport)],
      ['reply-source', ({ flow }) => backendOf(flow) !== undefined],
      // The port may differ: where another connection's tuple is in the way, the kernel picks a free one (nf_nat_core.c, get_unique_tuple), and
      // kube-proxy's masquerading draws one (--random-fully).
      ['reply-destination', ({ flow, connection }) => ends.reply(connection, backendOf(flow)) === flow.reply.dst],
    ];
    for (const [reason, test] of tests) {
      const wrong = entries.find((entry) => !test(entry));
      if (wrong !== undefined) return fail(reason, describe(wrong.flow));
    }
    if (untold.length > 0) return { status: 'inconclusive', why: rememberedText(untold), expected, seen: rememberedText(untold) };
    return { status: 'pass', expected, seen: summaryOf(entries, backends) };
  },
});

function isOf({ original }: Flow, { localAddress, localPort }: Answer): boolean {
  return original.src === localAddress && original.sport === localPort;
}

interface Entry {
  readonly flow: Flow;
  readonly connection: Answer;
}

/** What the tuples of a connection must hold. */
interface Ends {
  readonly original: (connection: Answer) => End;
  /** Undefined where it is not known who answered, or no node was asked. */
  readonly reply: (connection: Answer, backend: Backend | undefined) => string | undefined;
}

function originalEnd(option: string, scene: Scene): Ends['original'] {
  if (option === 'target') return askedEnd;
  const { address, port } = scene.service(option);
  return () => ({ address, port });
}

function replyAddress(option: string, scene: Scene): Ends['reply'] {
  if (option !== 'target') {
    const address = scene.value([option, 'address']);
    return () => address;
  }
  return (connection, backend) => {
    const node = askedNode(connection, scene);
    return node && backend && outgoingAddress(node, backend);
  };
}

function isAt({ address, port }: End, dst: string, dport: number | undefined): boolean {
  return address === dst && port === dport;
}

function expectedOf(
  { originalDestination, replyDestination }: { readonly originalDestination: string; readonly replyDestination: string },
  first: Answer | undefined,
  { original, reply }: Ends,
  backends: readonly Backend[],
): Text {
  const pods = backends.map((backend) => `${backend.address}:${backend.port}`).join(', ');
  const to = first === undefined || originalDestination === 'target' ? undefined : original(first);
  const back = first === undefined || replyDestination === 'target' ? undefined : reply(first, undefined);
  return {
    en: `original -> ${to === undefined ? 'what was asked' : textOf(to)}; reply from one of ${pods} to ${back ?? 'the node that was asked'}`,
    ko: `원래 목적지 ${to === undefined ? '요청한 곳' : textOf(to)}, 응답 출발지 ${pods} 중 하나, 응답 목적지 ${back ?? '요청받은 노드'}`,
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

function summaryOf(entries: readonly Entry[], backends: readonly Backend[]): Text {
  const distinct = (pick: (flow: Flow) => string) => [...new Set(entries.map(({ flow }) => pick(flow)))].join(', ');
  const to = distinct(({ original: { dst, dport } }) => textOf({ address: dst, port: dport ?? 0 }));
  const back = distinct(({ reply }) => reply.dst);
  const by = backends
    .map((backend) => `${backend.name} ${entries.filter(({ flow }) => flow.reply.src === backend.address).length}`)
    .join(', ');
  return {
    en: `${plural(entries.length, 'connection')} to ${to}, answered by ${by}, back to ${back}`,
    ko: `${to}로 간 연결 ${entries.length}개, 응답한 파드 ${by}, 돌아간 곳 ${back}`,
  };
}
