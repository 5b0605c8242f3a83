import type { Place } from '../core/executor.js';
import type { Answer } from '../evidence/answers.js';
import type { Backend, Scene, SceneNode } from '../scene/scene.js';
import type { End } from './end.js';

/** The address or name, and the port, that a request asked for; an empty address for what is no URL. curl takes a URL without a scheme for HTTP. */
export function askedEnd({ url }: Answer): End & { readonly port: number } {
  const whole = url.includes('://') ? url : `http://${url}`;
  if (!URL.canParse(whole)) return { address: '', port: 0 };
  const { hostname, port, protocol } = new URL(whole);
  return { address: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

/** The node whose address was asked; undefined for a ClusterIP, a pod or a name. */
export function askedNode(answer: Answer, { nodes }: Scene): SceneNode | undefined {
  const { address } = askedEnd(answer);
  return nodes.find((node) => node.address === address);
}

/**
 * The address by which a node sends a masqueraded connection on to a pod: that of the interface it leaves by, so eth0's, or for a pod of its own
 * the one that every veth's end has.
 */
export function outgoingAddress(node: SceneNode, backend: Backend): string {
  return backend.node.place === node.place ? node.gateway : node.address;
}

/** The requests whose connections meet the Service's rules at one of these places: at the node that was asked, and for a ClusterIP wherever the client is. */
export function entering(answers: readonly Answer[], scene: Scene, places: readonly Place[]): readonly Answer[] {
  // Thousands of answers ask for a few URLs.
  const meets = new Map<string, boolean>();
  for (const answer of answers) {
    if (meets.has(answer.url)) continue;
    const node = askedNode(answer, scene);
    meets.set(answer.url, node === undefined || places.includes(node.place));
  }
  return answers.filter(({ url }) => meets.get(url));
}
