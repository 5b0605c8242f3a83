import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeEngine } from '../../clusters/kind/testing/fake-engine.js';
import { type Finished, type Running, start } from './svclab.js';

/** How the stand-in for kind makes a cluster. */
export interface Creation {
  /** What it writes to standard error, as kind does, after the nodes are there. */
  readonly says?: string;
  readonly exitCode?: number;
  /** It does not end by itself. */
  readonly hangs?: boolean;
  /** A program that it starts brings a node about so many milliseconds after kind has been ended. */
  readonly lateNodeMs?: number;
}

/** Programs that stand in for docker, kind and kubectl, and an engine; and the program itself, run among them and nothing else. */
export interface StandIns {
  readonly engine: FakeEngine;
  /** Where run folders go. */
  readonly out: string;
  /** $PATH holds this folder alone. */
  readonly bin: string;
  creation(how: Creation): Promise<void>;
  start(args: readonly string[], options?: { readonly wrap?: readonly string[]; readonly env?: Readonly<Record<string, string>> }): Running;
  run(
    args: readonly string[],
    options?: { readonly wrap?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  ): Promise<Finished>;
  /** What lies about in the folder for temporary files. */
  strewn(): Promise<readonly string[]>;
  /** The arguments with which kind was started, a line for each time. */
  kindCalls(): Promise<readonly string[]>;
}

export interface StandInOptions {
  /** The programs that are there; all of them unless said. */
  readonly programs?: readonly ('docker' | 'kind' | 'kubectl')[];
  readonly kindVersion?: string;
}

export async function standIns(t: { teardown(action: () => Promise<void>): void }, options: StandInOptions = {}): Promise<StandIns> {
  const base = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  const [bin, out, temporary] = [join(base, 'bin'), join(base, 'runs'), join(base, 'tmp')];
  for (const folder of [bin, temporary]) await mkdir(folder);
  const socket = join(base, 'docker.sock');
  const engine = await FakeEngine.start(socket);
  t.teardown(async () => {
    await engine[Symbol.asyncDispose]();
    await rm(base, { recursive: true, force: true });
  });
  const sources = { docker, kind, kubectl } as const;
  for (const program of options.programs ?? (['docker', 'kind', 'kubectl'] as const)) {
    const text = `#!${process.execPath}\n'use strict';\nconst settings = ${JSON.stringify({ socket, base, kindVersion: options.kindVersion ?? 'v0.24.0' })};\n${shared}${sources[program]}`;
    // Node takes a file without extension in a folder without package.json for CommonJS.
    await writeFile(join(bin, program), text);
    await chmod(join(bin, program), 0o755);
  }
  await symlink('/bin/sh', join(bin, 'sh'));
  const env = { PATH: bin, TMPDIR: temporary, DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: base, XDG_CACHE_HOME: join(base, 'cache') };
  const begin: StandIns['start'] = (args, more = {}) => start(args, { ...more, env: { ...env, ...more.env } });
  return {
    ...{ engine, out, bin, start: begin },
    creation: (how) => writeFile(join(base, 'creation.json'), JSON.stringify(how)),
    run: (args, more) => begin(args, more).finished,
    strewn: () => readdir(temporary),
    kindCalls: async () => (await readFile(join(base, 'kind.log'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
  };
}

const shared = `
const { request } = require('node:http');
const { appendFileSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const argv = process.argv.slice(2);
const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath: settings.socket, method, path, headers: { 'Content-Type': 'application/json' } }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text === '' ? undefined : JSON.parse(text)));
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
const end = (code, message = '') => {
  if (message !== '') process.stderr.write(message + '\\n');
  process.exit(code);
};
`;

const docker = `
const host = process.env.DOCKER_HOST;
settings.socket = host.replace('unix://', '');
(async () => {
  if (argv[0] === '--version') return console.log('Docker version 28.0.0, build 0');
  if (argv[0] === 'context') return console.log(host);
  if (argv[0] !== 'version') return end(1, 'the stand-in knows no docker ' + argv.join(' '));
  const answer = await call('GET', '/version').catch((error) => {
    const why = error.code === 'EACCES' ? 'permission denied while trying to connect to the Docker daemon socket at ' : 'Cannot connect to the Docker daemon at ';
    end(1, why + host);
  });
  console.log(answer.Version);
})();
`;

const kind = `
const { spawn } = require('node:child_process');
const nodes = ['myk8s-control-plane', 'myk8s-worker', 'myk8s-worker2', 'myk8s-worker3'];
const addNode = async (name) => {
  const labels = { 'io.x-k8s.kind.cluster': 'myk8s' };
  const { Id } = await call('POST', '/containers/create?name=' + name, { Labels: labels, HostConfig: { NetworkMode: 'kind' } });
  await call('POST', '/containers/' + Id + '/start');
};
const create = async () => {
  let how = {};
  try {
    how = JSON.parse(readFileSync(settings.base + '/creation.json', 'utf8'));
  } catch {}
  process.stderr.write('Creating cluster "myk8s" ...\\n • Ensuring node image (kindest/node:v1.31.0) 🖼  ...\\n ✓ Ensuring node image (kindest/node:v1.31.0) 🖼\\n');
  const networks = await call('GET', '/networks');
  if (!networks.some(({ Name }) => Name === 'kind')) await call('POST', '/networks/create', { Name: 'kind' });
  for (const name of nodes.slice(0, how.lateNodeMs === undefined ? 4 : 3)) await addNode(name);
  if (how.lateNodeMs !== undefined) {
    // As 'docker run' is: a program of its own, which goes on when kind has ended.
    const child = spawn(process.execPath, [process.argv[1], 'late', String(how.lateNodeMs), String(process.pid)], { stdio: 'ignore' });
    child.unref();
  }
  process.stderr.write(' • Preparing nodes 📦 📦 📦 📦  ...\\n' + (how.says ?? ''));
  if (!how.hangs && !how.exitCode) writeFileSync(argv[argv.indexOf('--kubeconfig') + 1], '{}');
  if (how.hangs) setInterval(() => {}, 1000);
  else process.exitCode = how.exitCode ?? 0;
};
(async () => {
  if (argv[0] === 'late') {
    const parent = Number(argv[2]);
    // Only once kind has gone, so that the node comes when its clusters' nodes have been looked for.
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      setTimeout(() => addNode(nodes[3]), Number(argv[1]));
    }, 10);
    return;
  }
  appendFileSync(settings.base + '/kind.log', argv.join(' ') + '\\n');
  if (argv[0] === 'version') return console.log('kind ' + settings.kindVersion + ' go1.22.6 linux/amd64');
  if (argv[0] === 'create') return create();
  if (argv[0] === 'export') {
    mkdirSync(argv[2] + '/myk8s-worker', { recursive: true });
    return writeFileSync(argv[2] + '/myk8s-worker/journal.log', 'why it did not come up\\n');
  }
  if (argv[0] === 'get' && argv[1] === 'kubeconfig') return console.log('{}');
  end(1, 'the stand-in knows no kind ' + argv.join(' '));
})();
`;

const kubectl = `
(async () => {
  if (argv[0] === 'version') {
    const version = { clientVersion: { gitVersion: 'v1.31.0' } };
    return console.log(argv.some((word) => word.includes('json')) ? JSON.stringify(version, undefined, 2) : 'Client Version: v1.31.0');
  }
  end(1, 'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?');
})();
`;
