import { z } from 'zod';
import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import { followConnection, newConnections, type PlacedCapture } from '../evidence/follow.js';
import type { Backend, Scene } from '../scene/scene.js';
import { roleExpression } from '../schema/roles.js';
import { followAnswer, tupleText, uplink } from './connections.js';
import { defineCheck, type Finding, type LabEvidence } from './lab-check.js';
import { answersOption, backendsOption, objects, wireOption } from './options.js';
import { pathDetails } from './path-detail.js';
import { outcomeOf, responderOf } from './responders.js';
import { plural } from './wording.js';

const optionsSchema = z.strictObject({
  by: roleExpression("Who asks the pods in the client's place: client.node"),
  wire: wireOption,
  answers: answersOption,
  backends: backendsOption,
});

type Reason = 'not-seen' | 'direct' | 'source';

/**
 * Each request cost two connections: the client's own reached no pod, and on the wire of the pod that answered there is another, which someone else made in
 * its place. Whom the pod takes for its client is told by the pod: traefik/whoami names the address and the port that it was asked from.
 */
export const relayedCheck = defineCheck({
  kind: 'relayed',
  optionsSchema,
  reasons: ['not-seen', 'direct', 'source'],
  observations: ({ wire, answers }) => [wire, answers, objects],
  judge({ options, evidence }) {
    const { answers } = evidence.view.answers(options.answers);
    const findings = answers.map((answer) => judgeOne(options, evidence, answer));
    const shown = findings.find(({ status }) => status !== 'pass') ?? findings[0];
    if (shown === undefined) {
      const expected = { en: 'a request', ko: '요청' };
      return { status: 'fail', reason: 'not-seen', expected, seen: { en: 'no request was made', ko: '요청이 하나도 없음' } };
    }
    if (shown.status !== 'pass') return shown;
    return {
      ...shown,
      seen: {
        en: `${plural(answers.length, 'request')}, ${2 * answers.length} connections; the first: ${shown.seen.en}`,
        ko: `요청 ${answers.length}개에 연결 ${2 * answers.length}개, 첫 번째: ${shown.seen.ko}`,
      },
    };
  },
});

function judgeOne(options: z.output<typeof optionsSchema>, { view, scene }: LabEvidence, answer: Answer): Finding<Reason> {
  const captures = view.captures(options.wire);
  const backend = responderOf(answer, scene.backends(options.backends));
  const by = addressOf(options.by, scene);
  const expected: Text = {
    en: `a connection of the client that reaches no pod, and one from ${by} that does`,
    ko: `파드에 닿지 않는 클라이언트의 연결 하나와, ${by}에서 파드로 가는 연결 하나`,
  };
  const fail = (reason: Reason, seen: Text): Finding<Reason> => ({ status: 'fail', reason, expected, seen });
  const own = followAnswer(captures, answer);
  if (backend === undefined || own === undefined) return fail('not-seen', outcomeOf(answer));
  const direct = own.syn.find(({ destination }) => destination === backend.address);
  if (direct !== undefined) {
    const text = tupleText(direct);
    return fail('direct', {
      en: `the client's own connection reached the pod: ${text}`,
      ko: `클라이언트의 연결이 파드에 그대로 닿음: ${text}`,
    });
  }
  const second = asked(captures, answer, backend);
  if (second === undefined) {
    return fail('not-seen', { en: `no other connection on the wire of ${backend.name}`, ko: `${backend.name}의 선에 다른 연결이 없음` });
  }
  const seen = `${tupleText({ source: answer.localAddress, sourcePort: answer.localPort, destination: answer.remoteAddress, destinationPort: answer.remotePort })}; ${tupleText(second)}`;
  if (second.source !== by) return fail('source', { en: seen, ko: seen });
  const relayed = followConnection(captures, second);
  const details = [own, relayed].flatMap((way) => (way === undefined ? [] : pathDetails(way).slice(0, 1)));
  return { status: 'pass', expected, seen: { en: seen, ko: seen }, details };
}

/** The connection by which the pod was asked, as it came out on the pod's wire. */
function asked(captures: readonly PlacedCapture[], answer: Answer, backend: Backend) {
  const [, source, port] = /^RemoteAddr: (\S+):(\d+)\r?$/m.exec(answer.body) ?? [];
  const there = captures.filter(({ place }) => place === backend.node.place);
  return there
    .flatMap(({ links, packets }) => newConnections(packets.filter((packet) => isOnWire(links, packet))))
    .find((syn) => syn.destination === backend.address && syn.source === source && syn.sourcePort === Number(port));
}

/** Every link of a node but the uplink leads to a pod of its own. */
function isOnWire(links: PlacedCapture['links'], packet: PlacedCapture['packets'][number]): boolean {
  return 'ifindex' in packet && packet.ifindex !== undefined && links.get(packet.ifindex) !== uplink;
}

function addressOf(expression: string, scene: Scene): string {
  return scene.value([...expression.split('.'), 'address']);
}
