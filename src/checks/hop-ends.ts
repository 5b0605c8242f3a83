import type { Answer } from '../evidence/answers.js';
import type { Backend, Scene } from '../scene/scene.js';

/** An address, and a port where it must be a certain one. */
export interface End {
  readonly address: string;
  readonly port?: number;
}

/** Undefined where it is not known who answered. */
export interface Ends {
  readonly source: End | undefined;
  readonly destination: End | undefined;
}

/**
 * What a SYN's source and destination must be. A pod as the source keeps the port that it chose itself; a node that masquerades chooses any.
 * @throws UsageError when a role is of the wrong kind.
 */
export function endsOf(
  wanted: { readonly source: string; readonly destination: string },
  scene: Scene,
  answer: Answer,
  backend: Backend | undefined,
): Ends {
  const [sourceRole = '', part] = wanted.source.split('.');
  const sourcePod = sourceRole === 'backend' ? backend : scene.pod(sourceRole);
  return {
    source: sourcePod && (part === 'node' ? { address: sourcePod.node.address } : { address: sourcePod.address, port: answer.localPort }),
    destination: wanted.destination === 'backend' ? backend && endOf(backend) : endOf(scene.service(wanted.destination)),
  };
}

/** `10.10.0.5:40000 -> 10.200.1.63:9000` */
export function textOfEnds({ source, destination }: Ends): string {
  return `${textOf(source)} -> ${textOf(destination)}`;
}

function endOf({ address, port }: { readonly address: string; readonly port: number }): End {
  return { address, port };
}

function textOf(end: End | undefined): string {
  return end === undefined ? '?' : `${end.address}:${end.port ?? '*'}`;
}
