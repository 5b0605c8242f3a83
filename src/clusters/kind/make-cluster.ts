import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CleanupStack } from '../../core/cleanup.js';
import type { ClusterRequest } from '../../core/cluster.js';
import { EnvironmentError, type SvclabError, UnmetError, UsageError } from '../../core/errors.js';
import { type CommandResult, succeeded } from '../../core/executor.js';
import type { Text } from '../../core/text.js';
import type { KindConfig } from '../../schema/kind-config.js';
import { creationSteps } from './creation-steps.js';
import { ensureImage, imageId } from './local-images.js';
import type { Machine } from './machine.js';
import { networkExists } from './network.js';
import { nodeContainers } from './nodes.js';
import { configForKind, portInUse } from './ports.js';
import { claim, creationLimitMs, identity, writeRecord } from './record.js';
import { end } from './teardown.js';
import type { Tools } from './tools.js';

/** The node image of `svclab images build`. */
const builtImage = 'svclab/node:v1.31.0';
/** kind v0.24.0's image for Kubernetes v1.31.0, by its digest. */
const publishedImage = 'kindest/node:v1.31.0@sha256:53df588e04085fd41ae12de0c3fe4c72f7013bba32a20e7325357a1ac94ba865';

/** Written when the nodes are whole, and in place: others may read ours by then. */
const kindsKubeconfig = 'kubeconfig-of-kind';

export interface Making {
  readonly machine: Machine;
  readonly tools: Tools;
  readonly config: KindConfig;
  /** For the files of this process; kind writes its kubeconfig there. */
  readonly folder: string;
  /** The one that the tools read. */
  readonly kubeconfig: string;
  /** SHA-256 of the cluster file. */
  readonly digest: string;
  readonly request: ClusterRequest;
  /** Takes in what ends the cluster. */
  readonly cleanup: CleanupStack;
  /** Told kind's steps, in its own words, as they begin. */
  readonly begun?: ((step: string) => void) | undefined;
}

/** @throws UnmetError, EnvironmentError; the logs of nodes that did not come up are then in the request's folder for them. */
export async function makeCluster(making: Making): Promise<void> {
  const { machine, config, folder, kubeconfig, request, cleanup } = making;
  const { docker, maker } = machine;
  const image = await nodeImage(machine, request);
  const configFile = join(folder, 'cluster.yaml');
  await writeFile(configFile, configForKind(request.config));
  request.signal.throwIfAborted();
  const record = { config: making.digest, nodes: '', network: !(await networkExists(docker)), maker };
  // Written before the nodes are there, so that they and their network can be ended however this ends.
  if (!(await claim(docker, config.name, record))) throw new UsageError(`another svclab has just begun to make the cluster ${config.name}`);
  cleanup.add(`the cluster ${config.name}`, () => end(machine, config.name));
  const result = await runKind(making, ['--config', configFile, '--image', image]);
  request.signal.throwIfAborted();
  if (!succeeded(result)) throw await failure(making, result);
  await rename(join(folder, kindsKubeconfig), kubeconfig);
  await writeRecord(docker, config.name, { ...record, nodes: identity(await nodeContainers(docker, config.name)) });
}

/** The published image where the engine holds it; else the one that was built here; else it is pulled. */
async function nodeImage({ docker }: Machine, request: ClusterRequest): Promise<string> {
  if ((await imageId(docker, publishedImage)) === undefined && (await imageId(docker, builtImage)) !== undefined) return builtImage;
  await ensureImage(docker, publishedImage, request.progress, request.signal);
  return publishedImage;
}

async function runKind({ tools, config, folder, request, begun }: Making, what: readonly string[]): Promise<CommandResult> {
  const argv = [
    'create',
    'cluster',
    '--name',
    config.name,
    ...what,
    '--kubeconfig',
    join(folder, kindsKubeconfig),
    '--wait',
    '120s',
    '--retain',
  ];
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(creationLimitMs)]);
  const told = (step: Text): void => {
    request.progress(step);
    begun?.(step.en);
  };
  // The Ctrl-C of a terminal would end what kind has started half way.
  const options = { signal, apart: true, onStderr: creationSteps(told) };
  await using kind = await tools.local.start([...tools.kindPrefix, ...argv], options);
  return await kind.ended;
}

/** Why kind gave up, in words that help; what the nodes' logs say is kept. */
async function failure({ tools, config, request }: Making, result: CommandResult): Promise<SvclabError> {
  const port = portTaken(result.stderr);
  if (port !== undefined) return portInUse(port);
  const logs = await request.logs();
  const exported = await tools.local.run([...tools.kindPrefix, 'export', 'logs', logs, '--name', config.name], {
    signal: request.signal,
    timeoutMs: 120_000,
  });
  request.signal.throwIfAborted();
  const where = succeeded(exported)
    ? `the nodes' logs are in ${logs}`
    : `the nodes' logs could not be had: ${whatKindSaid(exported.stderr)}`;
  const said = whatKindSaid(result.stderr);
  if (/could not find a log line|too many open files|inotify/i.test(result.stderr)) {
    return new UnmetError(`kind could not start the nodes: ${said}`, {
      hint: `often this machine gives too few inotify instances: 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288'; ${where}`,
    });
  }
  return new EnvironmentError(`kind could not make the cluster ${config.name}: ${ending(result, said)}`, { hint: where });
}

function ending({ ended, exitCode, signal }: CommandResult, said: string): string {
  if (ended === 'aborted') return `it had not ended after ${creationLimitMs / 60_000} minutes`;
  if (ended === 'signal') return `it was ended by ${signal}`;
  return said === '' ? `it ended with exit code ${exitCode}` : said;
}

/** The address and port that the engine could not bind for a node, from what `docker run` said; since Docker 28 in words of its own. */
export function portTaken(stderr: string): string | undefined {
  const before28 = /(?:Bind for |listen tcp[46]? )(\S+:\d+)(?: failed)?: (?:port is already allocated|bind: address already in use)/;
  return (before28.exec(stderr) ?? /failed to bind host port for (\S+?:\d+):\S+: address already in use/.exec(stderr))?.[1];
}

/** The first lines of kind's that tell what went wrong, without its steps, and without all the words of a `docker run`. */
export function whatKindSaid(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^( [•✓✗]|Creating cluster )/u.test(line))
    .map((line) => line.replace(/command "(\S+ \S+)[^\n]*" failed with error:/i, "'$1' failed:"))
    .slice(0, 6)
    .join('\n');
}
