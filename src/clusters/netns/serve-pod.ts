import { EnvironmentError } from '../../core/errors.js';
import type { Holder } from '../../exec/holder.js';
import type { Pod } from '../../objects/kubernetes.js';
import type { PodWiring } from './wiring.js';

/** Starts a pod's containers, which share its one network namespace. @throws EnvironmentError that names the container that cannot be started. */
export async function servePod(holder: Holder, pod: Pod, wiring: PodWiring): Promise<void> {
  for (const { name, image, command, args = [], env = [] } of pod.spec.containers) {
    const request = holder.request({
      op: 'serve',
      pod: {
        namespace: wiring.namespace,
        image,
        hostname: pod.spec.hostname ?? pod.metadata.name,
        addresses: ['127.0.0.1', '::1', wiring.address],
        ...(command === undefined ? {} : { command }),
        args,
        env: Object.fromEntries(env.map((variable) => [variable.name, variable.value ?? ''])),
      },
    });
    await request.catch((cause: Error) => {
      throw new EnvironmentError(`pod ${pod.metadata.namespace}/${pod.metadata.name}: container ${name}: ${cause.message}`, { cause });
    });
  }
}
