import { Agent } from 'node:http';
import Docker from 'dockerode';
import { type Executor, succeeded } from '../../core/executor.js';
import { withEngineErrors } from './engine-error.js';

/**
 * The engine that the `docker` command, and so kind, would use: $DOCKER_HOST, else the current context (`docker context`), else the usual socket.
 * Nothing is sent yet.
 */
export async function connectDocker(local: Executor, env: NodeJS.ProcessEnv): Promise<Docker> {
  // dockerode reads $DOCKER_HOST and $DOCKER_CERT_PATH by itself.
  if ((env['DOCKER_HOST'] ?? '') !== '') return closing(new Docker());
  const asked = await local.run(['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  const socketPath = /^unix:\/\/(\/\S+)/.exec(succeeded(asked) ? asked.stdout.trim() : '')?.[1];
  return closing(socketPath === undefined ? new Docker() : new Docker({ socketPath }));
}

/** An idle connection would keep this process from ending for some seconds, and a new one to a socket costs nothing. */
function closing(docker: Docker): Docker {
  // docker-modem knows the option `agent`, and its types do not.
  if (Reflect.get(docker.modem, 'protocol') !== 'https') Reflect.set(docker.modem, 'agent', new Agent({ keepAlive: false }));
  return withEngineErrors(docker);
}
