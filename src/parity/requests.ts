import { randomBytes, randomInt } from 'node:crypto';
import type { Cluster, KubeObject } from '../core/cluster.js';
import { EnvironmentError } from '../core/errors.js';
import type { Place } from '../core/executor.js';
import { type Flow, parseConntrack, type Tuple } from '../evidence/conntrack.js';
import { isEndpointSlice, isNode, isPod, isService } from '../objects/guards.js';
import type { Pod } from '../objects/kubernetes.js';
import { endpointsByPort } from '../proxy/endpoints.js';
import { reachableEndpoints } from '../proxy/reachable.js';
import { servicePortName } from '../proxy/service-port-name.js';
import { servicePortId, servicePorts } from '../proxy/service-ports.js';
import { output } from './reading.js';
import type { Roles } from './roles.js';
import type { Sections } from './sections.js';

/** A request from a pod through a Service to one of these endpoints. */
interface Target {
  /** `service/default/svc-clusterip:9000`, which names the request in both clusters. */
  readonly name: string;
  readonly url: string;
  /** The addresses of the endpoints that may answer. */
  readonly endpoints: ReadonlySet<string>;
  /** `address:port` of the Service and of each endpoint: an older connection from the same port went elsewhere. */
  readonly destinations: ReadonlySet<string>;
}

interface Answer {
  readonly exitCode: string;
  readonly localPort: number;
}

/**
 * Sends one request from the netshoot pod through every Service that has HTTP endpoints for it, and gives, for each, what curl and the connection
 * tables of all nodes tell of it, in roles. The endpoint is drawn at random: it is "an endpoint", on "its node".
 * A cluster without a netshoot pod, or without such a Service, has no section.
 */
export async function requestSections(
  cluster: Cluster,
  objects: readonly KubeObject[],
  roles: Roles,
  signal: AbortSignal,
): Promise<Sections> {
  const client = objects
    .filter(isPod)
    .find((pod) => pod.spec.containers.some(({ image }) => /^(.*\/)?nicolaka\/netshoot(:|$)/.test(image)));
  const targets = client === undefined ? [] : targetsOf(objects, client);
  if (client === undefined || targets.length === 0) return new Map();
  const place: Place = `pod/${client.metadata.namespace ?? 'default'}/${client.metadata.name}`;
  const answers = await ask(cluster, place, targets, signal);
  const nodes = objects.filter(isNode).map(({ metadata }) => metadata.name);
  const tables = new Map<string, readonly Flow[]>();
  for (const node of nodes) {
    const text = await output(cluster, `node/${node}`, ['conntrack', '-L', '-o', 'xml,id'], signal);
    tables.set(node, parseConntrack(text));
  }
  const nodeOf = (address: string): string | undefined =>
    objects.filter(isPod).find(({ status }) => status?.podIP === address)?.spec.nodeName;
  return new Map(
    targets.map((target, i) => {
      const answer = answers[i];
      if (answer?.exitCode !== '0') return [target.name, [`no answer: curl ended with ${answer?.exitCode ?? 'nothing'}`]];
      const lines = nodes.flatMap((node) =>
        (tables.get(node) ?? [])
          .filter(
            ({ protocol, original }) => protocol === 'tcp' && original.src === client.status?.podIP && original.sport === answer.localPort,
          )
          .filter(({ original }) => target.destinations.has(`${original.dst}:${original.dport}`))
          .map((flow) => `${whose(node, flow, client, nodeOf)}: ${flowWords(flow, target, answer.localPort, roles)}`),
      );
      return [target.name, ['answered', ...lines.sort()]];
    }),
  );
}

/** Over TCP, with every endpoint that may be chosen on port 80 or 8080, where the images of labs answer HTTP. */
function targetsOf(objects: readonly KubeObject[], client: Pod): readonly Target[] {
  const slices = objects.filter(isEndpointSlice);
  const endpoints = endpointsByPort(slices, client.spec.nodeName ?? '');
  return servicePorts(objects.filter(isService)).flatMap((port) => {
    const { cluster, local } = reachableEndpoints(port, endpoints.get(servicePortId(port)) ?? [], undefined);
    const usable = port.internalLocal ? local : cluster;
    const answers = usable.length > 0 && usable.every((endpoint) => serves(objects, endpoint));
    // An endpoint on the client's node leaves one entry, one elsewhere two: with both kinds, chance would decide what is seen.
    const alike = usable.every((endpoint) => endpoint.local === usable[0]?.local);
    if (port.protocol !== 'TCP' || !answers || !alike) return [];
    return [
      {
        name: `request to ${servicePortName(port)}`,
        url: `http://${port.clusterIP}:${port.number}/`,
        endpoints: new Set(usable.map(({ ip }) => ip)),
        destinations: new Set([`${port.clusterIP}:${port.number}`, ...usable.map(({ address }) => address)]),
      },
    ];
  });
}

/** By image: whoami answers on port 80, http-https-echo on 8080, without options to the contrary. */
function serves(objects: readonly KubeObject[], endpoint: { readonly ip: string; readonly address: string }): boolean {
  const pod = objects.filter(isPod).find(({ status }) => status?.podIP === endpoint.ip);
  const number = Number(endpoint.address.split(':').at(-1));
  return (pod?.spec.containers ?? []).some(({ image, command, args, env }) => {
    if (command !== undefined || args !== undefined || env !== undefined) return false;
    return /(^|\/)traefik\/whoami(:|$)/.test(image) ? number === 80 : /(^|\/)mendhak\/http-https-echo(:|$)/.test(image) && number === 8080;
  });
}

/** One curl process sends them all, each on a connection of its own. */
async function ask(cluster: Cluster, place: Place, targets: readonly Target[], signal: AbortSignal): Promise<readonly Answer[]> {
  const token = randomBytes(9).toString('hex');
  const options = ['--silent', '--header', 'Connection: close', '--connect-timeout', '3', '--max-time', '10'];
  // A port of its own for each: two connections from one port to one endpoint would make the kernel choose another for the second.
  const firstPort = 20_000 + randomInt(20_000);
  const one = ({ url }: Target, i: number): readonly string[] => [
    ...(i === 0 ? [] : ['--next']),
    ...options,
    ...['--local-port', String(firstPort + i), '--write-out', `\\n${token} %{exitcode} %{local_port}\\n`, url],
  ];
  const argv = ['curl', '-q', ...targets.flatMap(one)];
  const result = await cluster.executor(place).run(argv, { signal, timeoutMs: 15_000 + targets.length * 10_000 });
  signal.throwIfAborted();
  // Its exit code is that of the last request alone.
  if (result.ended !== 'exit')
    throw new EnvironmentError(`curl at ${place} of the cluster ${cluster.provider}: ${result.ended} ${result.stderr}`);
  const answers = [...result.stdout.matchAll(new RegExp(`^${token} (\\d+) (-?\\d+)$`, 'gm'))];
  return answers.map(([, exitCode = '', port = '']) => ({ exitCode, localPort: Number(port) }));
}

function whose(node: string, flow: Flow, client: Pod, nodeOf: (address: string) => string | undefined): string {
  const at = [
    ...(node === client.spec.nodeName ? ["the client's node"] : []),
    // Here the source of the reply is the endpoint, whoever was asked for.
    ...(node === nodeOf(flow.reply.src) && node !== client.spec.nodeName ? ["the endpoint's node"] : []),
  ];
  return at[0] ?? `node/${node}`;
}

function flowWords(flow: Flow, target: Target, localPort: number, roles: Roles): string {
  const address = (text: string): string => (target.endpoints.has(text) ? 'an endpoint' : (roles.address(text) ?? text));
  const port = (number: number | undefined): string => (number === localPort ? "the client's port" : String(number));
  const words = ({ src, sport, dst, dport }: Tuple): string => `${address(src)} ${port(sport)} -> ${address(dst)} ${port(dport)}`;
  return `${words(flow.original)}, reply ${words(flow.reply)}${flow.assured ? ', assured' : ''}`;
}
