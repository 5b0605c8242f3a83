import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import { type FollowedConnection, followConnection, newConnections, type PlacedCapture } from '../evidence/follow.js';
import type { TcpPacket } from '../evidence/packet.js';
import { UnsoundEvidence } from '../evidence/unsound.js';

/** Whom a failed request is held against. */
export interface Suspect {
  readonly client: string;
  /** The Service's own address. */
  readonly service: string;
  /** The pod that was taken away. */
  readonly pod: { readonly name: string; readonly address: string };
}

/** What the packets show of a failed request; `explained` where the pod that was taken away is to blame, and nothing else. */
export interface Loss {
  readonly explained: boolean;
  /** Where its connection was sent: `10.10.3.2:80`; empty where no packet of it was seen. */
  readonly sentTo: string;
  /** The connection had been accepted. */
  readonly begun: boolean;
  readonly story: Text;
}

/**
 * Why a request failed. Its connection is found by its port, where it came about, or else by its time: a SYN of the client to the Service that
 * nobody answered while the request ran. It is explained where all of these were translated to the pod that was taken away, and where that pod
 * answered no request after it.
 * @throws UnsoundEvidence where the answer does not say when it was asked for.
 */
export function explainLoss(
  failed: Answer,
  answers: readonly Answer[],
  lastOfPod: number,
  captures: readonly PlacedCapture[],
  by: Suspect,
): Loss {
  const connections = connectionsOf(failed, answers, captures, by);
  const targets = [...new Set(connections.flatMap((connection) => targetOf(connection, by) ?? 'untranslated'))];
  const sentTo = targets.join(', ');
  const begun = connections.some(({ synAck }) => synAck.length > 0);
  if (connections.length === 0)
    return { explained: false, sentTo, begun, story: { en: 'no connection of it was seen', ko: '이 요청의 연결이 보이지 않음' } };
  if (!targets.every((target) => target.startsWith(`${by.pod.address}:`))) {
    return {
      explained: false,
      sentTo,
      begun,
      story: { en: `it was sent to ${sentTo}, not to ${by.pod.name}`, ko: `${by.pod.name}이 아니라 ${sentTo}로 갔음` },
    };
  }
  if (failed.index < lastOfPod) {
    return {
      explained: false,
      sentTo,
      begun,
      story: { en: `${by.pod.name} still answered after it`, ko: `그 뒤에도 ${by.pod.name}이 응답했음` },
    };
  }
  return {
    explained: true,
    sentTo,
    begun,
    story: begun
      ? { en: `${by.pod.name} had taken it, and was gone before it answered`, ko: `${by.pod.name}이 받았지만 응답하기 전에 사라졌음` }
      : {
          en: `a rule still led to ${by.pod.name}, and nobody was there`,
          ko: `규칙은 아직 ${by.pod.name}로 보냈지만 그곳에 아무도 없었음`,
        },
  };
}

function connectionsOf(
  failed: Answer,
  answers: readonly Answer[],
  captures: readonly PlacedCapture[],
  by: Suspect,
): readonly FollowedConnection[] {
  const { startedAtUs, endedByUs, localPort } = failed;
  if (startedAtUs === undefined || endedByUs === undefined) {
    throw new UnsoundEvidence({ en: 'the answers do not say when they were asked for', ko: '응답에 요청한 시각이 없습니다' });
  }
  const meant = (syn: TcpPacket) =>
    syn.source === by.client && syn.destination === by.service && syn.timestampUs >= startedAtUs && syn.timestampUs <= endedByUs;
  const distinct = newConnections(
    captures.flatMap(({ packets }) => packets).toSorted((a, b) => a.timestampUs - b.timestampUs),
    meant,
  );
  const good = new Set(answers.filter(({ exitCode }) => exitCode === 0).map((answer) => answer.localPort));
  const own = distinct.filter(({ sourcePort }) => (localPort === 0 ? !good.has(sourcePort) : sourcePort === localPort));
  const followed = own.flatMap((syn) => followConnection(captures, syn) ?? []);
  return localPort === 0 ? followed.filter(({ synAck }) => synAck.length === 0) : followed;
}

/** Where the SYN went after its translation. */
function targetOf({ syn }: FollowedConnection, { service }: Suspect): string | undefined {
  const last = syn.findLast(({ destination }) => destination !== service);
  return last === undefined ? undefined : `${last.destination}:${last.destinationPort}`;
}
