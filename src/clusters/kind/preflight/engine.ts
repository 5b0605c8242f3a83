import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { Finding } from '../../../core/cluster.js';
import { type Executor, succeeded } from '../../../core/executor.js';
import { dockerAt, dockerEndpoint, socketOf } from '../../../exec/docker/connect.js';
import { said } from '../../../exec/docker/engine-error.js';
import { clusterNames } from '../nodes.js';

/** What the engine says of itself. */
export interface EngineFacts {
  readonly version: string;
  /** `1` or `2`. */
  readonly cgroupVersion: string;
  readonly rootless: boolean;
  /** Bytes, of the machine that the engine runs on: a virtual one, perhaps. */
  readonly memory: number;
  /** Its data folder, as that machine names it. */
  readonly root: string;
  /** `name:tag` of every image. */
  readonly images: readonly string[];
  /** Names of kind's clusters, whoever made them. */
  readonly clusters: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** An engine that is well answers within milliseconds. */
const patienceMs = 5_000;
const install = 'sudo apt-get install docker.io, or see https://docs.docker.com/engine/install/';
const startIt = 'start it: sudo systemctl start docker (where there is no systemd: sudo dockerd)';

export interface EngineFindings {
  readonly findings: readonly Finding[];
  /** Undefined where it does not answer. */
  readonly facts?: EngineFacts;
}

/** kind drives the docker program, svclab the engine itself: both are looked at. */
export async function engineFindings(local: Executor, env: Env, signal: AbortSignal): Promise<EngineFindings> {
  const looking = programFinding(local, signal);
  const [program, { finding, ...facts }] = await Promise.all([looking, engineFinding(local, { env, program: looking }, signal)]);
  return { findings: [program, finding], ...facts };
}

async function engineFinding(
  local: Executor,
  { env, program }: { readonly env: Env; readonly program: Promise<Finding> },
  signal: AbortSignal,
): Promise<{ readonly finding: Finding; readonly facts?: EngineFacts }> {
  const what = 'docker engine';
  const endpoint = await dockerEndpoint(local, env, signal);
  try {
    const facts = await ask(endpoint, env);
    return { finding: { what, ok: true, detail: `Docker ${facts.version} at ${endpoint}${facts.rootless ? ', rootless' : ''}` }, facts };
  } catch (error) {
    return { finding: { what, ok: false, ...(await refusal(error, endpoint, (await program).ok)) } };
  }
}

async function programFinding(local: Executor, signal: AbortSignal): Promise<Finding> {
  const result = await local.run(['docker', '--version'], { signal });
  if (succeeded(result)) return { what: 'docker', ok: true, detail: result.stdout.trim() };
  const missing = result.ended === 'not-started';
  return { what: 'docker', ok: false, detail: missing ? 'not found' : `${result.stderr.trim() || result.ended}`, hint: install };
}

const infoSchema = z.object({
  ServerVersion: z.string(),
  CgroupVersion: z.string().default('1'),
  SecurityOptions: z.array(z.string()).nullish(),
  MemTotal: z.number(),
  DockerRootDir: z.string(),
});

async function ask(endpoint: string, env: Env): Promise<EngineFacts> {
  const docker = await dockerAt(endpoint, env, patienceMs);
  await docker.ping();
  const [info, images, clusters] = await Promise.all([
    docker.info().then((answer: unknown) => infoSchema.parse(answer)),
    docker.listImages(),
    clusterNames(docker),
  ]);
  return {
    version: info.ServerVersion,
    cgroupVersion: info.CgroupVersion,
    rootless: (info.SecurityOptions ?? []).some((option) => option.startsWith('name=rootless')),
    memory: info.MemTotal,
    root: info.DockerRootDir,
    images: images.flatMap((image) => image.RepoTags ?? []),
    clusters,
  };
}

/** Why the engine does not answer, and what to do. */
async function refusal(error: unknown, endpoint: string, program: boolean): Promise<Pick<Finding, 'detail' | 'hint'>> {
  const code = codeOf(error);
  const socket = socketOf(endpoint);
  const begin = program ? startIt : `install it, then start it: ${install}`;
  if (socket !== undefined) {
    if (code === 'ENOENT') return { detail: `none: there is no socket ${socket}`, hint: begin };
    if (code === 'ECONNREFUSED') return { detail: `the socket ${socket} is there, and nobody answers on it`, hint: begin };
    if (code === 'EACCES' || code === 'EPERM') return noPermission(socket);
  }
  return {
    detail: `${endpoint} does not answer: ${said(error)}`,
    hint: `look whether 'docker --host ${endpoint} version' answers, and at DOCKER_HOST`,
  };
}

/** The system's code for why there is no connection, which the engine's client keeps as the cause. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error ? error.code : codeOf(error.cause);
}

async function noPermission(socket: string): Promise<Pick<Finding, 'detail' | 'hint'>> {
  const group = await groupOf(socket);
  return {
    detail: `permission denied on the socket ${socket}, which belongs to the group ${group ?? 'docker'}`,
    hint: `sudo usermod --append --groups ${group ?? 'docker'} "$USER", then log in anew (that group is as good as root); or run svclab with sudo`,
  };
}

/** The name of the group that may use the socket; undefined where it is root's alone, or in a folder that may not be searched. */
async function groupOf(socket: string): Promise<string | undefined> {
  const gid = await stat(socket).then(
    (found) => found.gid,
    () => 0,
  );
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = groups.split('\n').find((entry) => entry.split(':')[2] === String(gid));
  return gid === 0 ? undefined : (line?.split(':')[0] ?? String(gid));
}
