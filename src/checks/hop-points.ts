import { type Place, placeName } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import type { Sighting } from '../evidence/follow.js';
import { isPod } from '../objects/guards.js';
import type { Backend, Scene, ScenePod } from '../scene/scene.js';
import { askedNode } from './asked.js';
import { uplink } from './connections.js';

/** A place on the way of a SYN: the uplink of a node or of the client outside, or the node's end of a pod's veth. */
export interface Point {
  readonly name: Text;
  /** The node, or the client outside. */
  readonly place: Place;
  readonly isUplink: boolean;
  readonly direction: 'in' | 'out';
}

/**
 * Where a SYN passes at `client`, `client.node`, `backend`, `backend.node`, `target` or another role: it comes in from the wire of the pod that
 * sent it, and goes out to that of any other pod; it leaves the sender's node, or the client outside, by its uplink, and comes in by that of any
 * other node. `target` is the node that was asked, where the SYN still has the destination that the client gave it. Empty where there is no such
 * point: no node was asked, or the pod that answered is not known, or runs on the sender's node or on the one that was asked, so that no uplink
 * lies between.
 */
export function pointOf(expression: string, scene: Scene, answer: Answer, backend: Backend | undefined): readonly Point[] {
  const [role = '', part] = expression.split('.');
  const asked = askedNode(answer, scene);
  if (role === 'target') return asked === undefined ? [] : [uplinkOf(asked, 'in')];
  const place = role === 'backend' ? backend?.place : scene.places(role)[0];
  if (place === undefined) return [];
  if (!place.startsWith('pod/')) return [uplinkOf({ name: placeName(place), place }, place.startsWith('client/') ? 'out' : 'in')];
  const pod = role === 'backend' ? backend : scene.pod(role);
  if (pod === undefined) return [];
  if (part !== 'node') return [wireOf(pod, answer)];
  const sender = senderNode(scene, answer);
  const from = sender ?? asked?.place;
  if (backend !== undefined && backend.node.place === from) return [];
  return [uplinkOf(pod.node, pod.node.place === sender ? 'out' : 'in')];
}

/** What passed there in the SYN's direction. */
export function sightingsAt({ place, isUplink, direction }: Point, sightings: readonly Sighting[]): readonly Sighting[] {
  return sightings.filter(
    (sighting) => sighting.place === place && (sighting.link === uplink) === isUplink && sighting.direction === direction,
  );
}

/** The same place, for the SYN-ACK that comes back. */
export function turned(point: Point): Point {
  return { ...point, direction: point.direction === 'in' ? 'out' : 'in' };
}

function wireOf(pod: ScenePod, answer: Answer): Point {
  return {
    name: { en: `the wire of ${pod.name}`, ko: `${pod.name}의 선` },
    place: pod.node.place,
    isUplink: false,
    direction: pod.address === answer.localAddress ? 'in' : 'out',
  };
}

function uplinkOf({ name, place }: { readonly name: string; readonly place: Place }, direction: Point['direction']): Point {
  return { name: { en: `${uplink} of ${name}`, ko: `${name}의 ${uplink}` }, place, isUplink: true, direction };
}

/** The node whose pod has the address that curl sent from. */
function senderNode({ objects, nodes }: Scene, { localAddress }: Answer): Place | undefined {
  const sender = objects.filter(isPod).find(({ status }) => status?.podIP === localAddress);
  return nodes.find(({ name }) => name === sender?.spec.nodeName)?.place;
}
