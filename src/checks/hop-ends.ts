import type { Answer } from '../evidence/answers.js';
import type { Backend, Scene } from '../scene/scene.js';
import { askedEnd, askedNode, outgoingAddress } from './asked.js';
import { type End, textOf } from './end.js';

/** Undefined where it is not known who answered. */
export interface Ends {
  readonly source: End | undefined;
  readonly destination: End | undefined;
}

/**
 * What a SYN's source and destination must be. A client as the source keeps the port that it chose itself; a node that masquerades chooses any.
 * `target` as the destination is what was asked; as the source it is the node that was asked, once it has masqueraded.
 * @throws UsageError when a role is of the wrong kind.
 */
export function endsOf(
  wanted: { readonly source: string; readonly destination: string },
  scene: Scene,
  answer: Answer,
  backend: Backend | undefined,
): Ends {
  return {
    source: sourceOf(wanted.source, scene, answer, backend),
    destination: destinationOf(wanted.destination, scene, answer, backend),
  };
}

/** `10.10.0.5:40000 -> 10.200.1.63:9000` */
export function textOfEnds({ source, destination }: Ends): string {
  return `${textOf(source)} -> ${textOf(destination)}`;
}

function sourceOf(wanted: string, scene: Scene, answer: Answer, backend: Backend | undefined): End | undefined {
  if (wanted === 'target') {
    const node = askedNode(answer, scene);
    return node && backend && { address: outgoingAddress(node, backend) };
  }
  const [role = '', part] = wanted.split('.');
  const port = part === 'node' ? {} : { port: answer.localPort };
  if (role === 'backend') return backend && { address: part === 'node' ? backend.node.address : backend.address, ...port };
  return { address: scene.value([role, ...(part === undefined ? [] : [part]), 'address']), ...port };
}

function destinationOf(wanted: string, scene: Scene, answer: Answer, backend: Backend | undefined): End | undefined {
  if (wanted === 'target') return askedEnd(answer);
  return wanted === 'backend' ? backend && endOf(backend) : endOf(scene.service(wanted));
}

function endOf({ address, port }: { readonly address: string; readonly port: number }): End {
  return { address, port };
}
