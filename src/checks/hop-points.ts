import type { Place } from '../core/executor.js';
import type { Text } from '../core/text.js';
import type { Answer } from '../evidence/answers.js';
import type { Sighting } from '../evidence/follow.js';
import { isPod } from '../objects/guards.js';
import type { Backend, Scene, ScenePod } from '../scene/scene.js';
import { uplink } from './connections.js';

/** A place on the way of a SYN: a node's uplink, or the node's end of a pod's veth. */
export interface Point {
  readonly name: Text;
  /** The node. */
  readonly place: Place;
  readonly isUplink: boolean;
  readonly direction: 'in' | 'out';
}

/**
 * Where a SYN passes at `client`, `client.node`, `backend`, `backend.node` or another pod role: it comes in from the wire of the pod that sent it, and
 * goes out to that of any other pod; it leaves the sender's node by its uplink, and comes in by that of any other node. Empty where there is
 * no such point: the pod that answered is not known, or runs on the sender's node, so that no uplink lies between.
 */
export function pointOf(expression: string, scene: Scene, answer: Answer, backend: Backend | undefined): readonly Point[] {
  const [role = '', part] = expression.split('.');
  const pod = role === 'backend' ? backend : scene.pod(role);
  if (pod === undefined) return [];
  return part === 'node' ? uplinkOf(pod, senderNode(scene, answer), backend) : [wireOf(pod, answer)];
}

export function sightingsAt({ place, isUplink, direction }: Point, sightings: readonly Sighting[]): readonly Sighting[] {
  return sightings.filter(
    (sighting) => sighting.place === place && (sighting.link === uplink) === isUplink && sighting.direction === direction,
  );
}

function wireOf(pod: ScenePod, answer: Answer): Point {
  return {
    name: { en: `the wire of ${pod.name}`, ko: `${pod.name}의 선` },
    place: pod.node.place,
    isUplink: false,
    direction: pod.address === answer.localAddress ? 'in' : 'out',
  };
}

function uplinkOf({ node }: ScenePod, sender: Place | undefined, backend: Backend | undefined): readonly Point[] {
  if (backend !== undefined && backend.node.place === sender) return [];
  return [
    {
      name: { en: `${uplink} of ${node.name}`, ko: `${node.name}의 ${uplink}` },
      place: node.place,
      isUplink: true,
      direction: node.place === sender ? 'out' : 'in',
    },
  ];
}

/** The node whose pod has the address that curl sent from. */
function senderNode({ objects, nodes }: Scene, { localAddress }: Answer): Place | undefined {
  const sender = objects.filter(isPod).find(({ status }) => status?.podIP === localAddress);
  return nodes.find(({ name }) => name === sender?.spec.nodeName)?.place;
}
