import type { Text } from '../core/text.js';
import { type Answer, hostnameOf } from '../evidence/answers.js';
import type { Flow } from '../evidence/conntrack.js';
import type { FlowsView } from '../evidence/view.js';
import type { Backend } from '../scene/scene.js';
import { plural } from './wording.js';

/** The answers that came: curl was content, and the status was 200. */
export function answered(answers: readonly Answer[]): readonly Answer[] {
  return answers.filter(({ exitCode, status }) => exitCode === 0 && status === 200);
}

/** The backend that gave the answer; undefined where there was none, or it came from elsewhere. A pod's hostname is its name. */
export function responderOf(answer: Answer, backends: readonly Backend[]): Backend | undefined {
  const hostname = hostnameOf(answer);
  return backends.find(({ name }) => name === hostname);
}

/** How many answers each of these pods gave, in their order. */
export function countByPod(answers: readonly Answer[], backends: readonly Backend[]): readonly number[] {
  const responders = answers.map((answer) => responderOf(answer, backends));
  return backends.map((backend) => responders.filter((responder) => responder === backend).length);
}

/** Whether an entry's original direction is that of one of these requests. */
export function isOneOf(answers: readonly Answer[]): (flow: Flow) => boolean {
  const asked = new Set(answers.map((answer) => `${portOf(answer)} ${answer.remoteAddress}:${answer.remotePort}`));
  return ({ original: { src, sport, dst, dport } }) => asked.has(`${src}:${sport} ${dst}:${dport}`);
}

/** The client's end of a request's connection. */
function portOf({ localAddress, localPort }: Answer): string {
  return `${localAddress}:${localPort}`;
}

/**
 * Why conntrack cannot be held against these answers, if it cannot: a client with very many connections comes back to a port, and then the
 * table holds one entry for two of them.
 */
export function portUsedTwice(answers: readonly Answer[]): Text | undefined {
  const ports = answers.map(portOf);
  const distinct = new Set(ports).size;
  if (distinct === ports.length) return undefined;
  return {
    en: `${plural(ports.length, 'connection')} came from ${distinct} ports: conntrack remembers only the last from each port; use fewer requests`,
    ko: `연결 ${ports.length}개가 포트 ${distinct}개에서 나왔습니다. conntrack은 포트마다 마지막 연결만 기억합니다. 요청 수를 줄이세요`,
  };
}

/**
 * The ports of answers whose connections have no new entry, but where the table has one from before: it may be the new connection's all the same (`newFlows`).
 * @param fresh the new entries of all the tables.
 */
export function rememberedPorts(
  answers: readonly Answer[],
  tables: readonly Pick<FlowsView, 'after'>[],
  fresh: readonly Flow[],
): readonly string[] {
  const from = (flows: readonly Flow[]): ReadonlySet<string> => new Set(flows.map(({ original: { src, sport } }) => `${src}:${sport}`));
  const isNew = from(fresh);
  const isThere = from(tables.flatMap(({ after }) => after));
  const ports = answers.map(portOf);
  return ports.filter((port) => isThere.has(port) && !isNew.has(port));
}

export function rememberedText([port]: readonly string[]): Text {
  return {
    en: `conntrack still remembered an earlier connection from ${port}: whose entry it has now cannot be told`,
    ko: `conntrack이 ${port}에서 나온 이전 연결을 아직 기억하고 있어, 지금 항목이 어느 연결의 것인지 알 수 없습니다`,
  };
}

/** How long a client waits for the answer to its SYN before it sends another (include/net/tcp.h, TCP_TIMEOUT_INIT), less a few ticks. Milliseconds. */
const synPatienceMs = 950;

/**
 * The answers for which a SYN may have been sent twice. A pod that still has a socket of an earlier connection from that port, such as one whose last FIN never arrived,
 * turns the first away (RFC 5961, 4.2); the client resets that, and conntrack has the second given to a pod anew: two wires have seen it, and the rules may have counted two for one answer.
 */
export function mayHaveAskedTwice(answers: readonly Answer[]): readonly Answer[] {
  return answers.filter(({ timeTotalMs = 0 }) => timeTotalMs >= synPatienceMs);
}

export function askedTwiceText(late: readonly Answer[]): Text {
  return {
    en: `${plural(late.length, 'request')} took as long as a second SYN does, which the rules decide, and count, anew`,
    ko: `요청 ${late.length}개가 SYN을 다시 보낼 만큼 오래 걸렸습니다. 다시 보낸 SYN은 규칙이 새로 고르고 또 셉니다`,
  };
}

/** `webpod1 7, webpod2 6`, by hostname. */
export function talliedHostnames(answers: readonly Answer[]): string {
  const tally = new Map<string, number>();
  for (const answer of answers) {
    const hostname = hostnameOf(answer) ?? '?';
    tally.set(hostname, (tally.get(hostname) ?? 0) + 1);
  }
  const sorted = [...tally].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([hostname, count]) => `${hostname} ${count}`).join(', ');
}

/** What became of one request, for a person. */
export function outcomeOf(answer: Answer): Text {
  const { index, url, exitCode, status, error } = answer;
  if (exitCode !== 0) {
    const detail = error === undefined ? '' : ` (${error})`;
    return {
      en: `request ${index + 1} to ${url}: curl exit ${exitCode}${detail}`,
      ko: `${index + 1}번째 요청(${url}): curl 종료 코드 ${exitCode}${detail}`,
    };
  }
  if (status !== 200) return { en: `request ${index + 1} to ${url}: HTTP ${status}`, ko: `${index + 1}번째 요청(${url}): HTTP ${status}` };
  const hostname = hostnameOf(answer);
  return {
    en: `request ${index + 1} to ${url}: answered by ${hostname ?? 'something that gives no hostname'}`,
    ko: `${index + 1}번째 요청(${url}): 응답한 곳 ${hostname ?? '알 수 없음(호스트 이름이 없음)'}`,
  };
}
