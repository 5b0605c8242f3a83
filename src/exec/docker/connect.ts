import { Agent } from 'node:http';
import { inspect } from 'node:util';
import type Docker from 'dockerode';
import { UnmetError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { withEngineErrors } from './engine-error.js';

type Env = Readonly<Record<string, string | undefined>>;

const defaultEndpoint = 'unix:///var/run/docker.sock';

/** Where the `docker` command, and so kind, finds the engine: $DOCKER_HOST, else the current context's endpoint, else the usual socket. */
export async function dockerEndpoint(local: Executor, env: Env, signal?: AbortSignal): Promise<string> {
  const given = env['DOCKER_HOST'] ?? '';
  if (given !== '') return given;
  const argv = ['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'];
  const context = await local.run(argv, signal === undefined ? {} : { signal });
  return (succeeded(context) && context.stdout.trim()) || defaultEndpoint;
}

/**
 * The engine there; nothing is sent yet.
 * @param timeoutMs how long an answer may take; without, as long as it takes.
 * @throws UnmetError when a context leads to where only the docker program can go.
 */
export async function dockerAt(endpoint: string, env: Env, timeoutMs?: number): Promise<Docker> {
  // A fifth of a second to load, in which programs can be looked at.
  const { default: Docker } = await import('dockerode');
  const patience = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  const socketPath = socketOf(endpoint);
  if (socketPath !== undefined) return closing(new Docker({ socketPath, ...patience }));
  // Addresses, certificates and ssh are read by the library, from DOCKER_HOST and what belongs to it.
  if (env['DOCKER_HOST'] === endpoint) return closing(new Docker(patience));
  throw new UnmetError(`the docker context leads to ${endpoint}`, {
    hint: `DOCKER_HOST=${endpoint} makes that engine the one that is used`,
  });
}

/** The path of an endpoint that is a Unix socket. */
export function socketOf(endpoint: string): string | undefined {
  return endpoint.startsWith('unix://') ? endpoint.slice('unix://'.length) : undefined;
}

/** An idle connection would keep this process from ending for some seconds, and a new one to a socket costs nothing. */
function closing(docker: Docker): Docker {
  // docker-modem knows the option `agent`, and its types do not.
  if (Reflect.get(docker.modem, 'socketPath') !== undefined) Reflect.set(docker.modem, 'agent', new ClosingAgent({ keepAlive: false }));
  return withEngineErrors(docker);
}

/** docker-modem puts the options of every request into words for its log, also where that is off: with this in them, a walk through all open connections. */
class ClosingAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}
