import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { dockerEndpoint } from '../../../exec/docker/connect.js';
import { answeringEngine, socketFolder } from '../testing/answering-engine.js';
import { answering } from '../testing/fake-local.js';
import { engineFindings } from './engine.js';
import { cgroupFinding, imagesFinding } from './engine-facts.js';

const never = new AbortController().signal;
const local = answering({ 'docker --version': 'Docker version 20.10.24' });

const info = {
  ServerVersion: '20.10.24',
  CgroupVersion: '2',
  SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'],
  MemTotal: 8e9,
  DockerRootDir: '/var/lib/docker',
};

t.test('an engine that answers', async (t) => {
  const socket = await answeringEngine(t, {
    '/_ping': 'OK',
    '/info': info,
    '/images/json': [{ RepoTags: ['svclab/node:v1.31.0', 'a:b'] }, { RepoTags: null }],
    '/containers/json': ['myk8s', 'myk8s', 'other'].map((name) => ({ Labels: { 'io.x-k8s.kind.cluster': name } })),
  });
  const { findings, facts } = await engineFindings(local, { DOCKER_HOST: `unix://${socket}` }, never);
  t.match(findings, [
    { what: 'docker', ok: true, detail: 'Docker version 20.10.24' },
    { what: 'docker engine', ok: true, detail: `Docker 20.10.24 at unix://${socket}, rootless` },
  ]);
  t.same(facts, {
    version: '20.10.24',
    cgroupVersion: '2',
    rootless: true,
    memory: 8e9,
    root: '/var/lib/docker',
    images: ['svclab/node:v1.31.0', 'a:b'],
    clusters: ['myk8s', 'other'],
  });
});

t.test('no engine, and why', async (t) => {
  const asked = async (socket: string, program = local) => {
    const { findings, facts } = await engineFindings(program, { DOCKER_HOST: `unix://${socket}` }, never);
    t.equal(facts, undefined);
    t.equal(findings[1]?.ok, false);
    return findings[1];
  };
  const none = join(socketFolder(t), 'none.sock');
  t.match(await asked(none), { detail: `none: there is no socket ${none}`, hint: /^start it: sudo systemctl start docker/ });
  const nothing = answering({});
  t.match(await asked(none, nothing), { hint: /install it/ });
  t.match((await engineFindings(nothing, {}, never)).findings[0], { what: 'docker', ok: false, detail: 'not found', hint: /docker\.io/ });

  const left = join(socketFolder(t), 'left.sock');
  const server = createServer().listen(left);
  await once(server, 'listening');
  // A socket whose program is gone: close() would remove it, so it is what a plain file answers like.
  server.close();
  writeFileSync(left, '');
  t.match(await asked(left), { detail: `the socket ${left} is there, and nobody answers on it`, hint: /start it/ });

  const broken = await answeringEngine(t, {}, (_, response) => {
    response.writeHead(500);
    response.end('{"message":"out of order"}');
  });
  t.match(await asked(broken), { detail: /does not answer: .*out of order/s, hint: /version/ });
});

t.test('where the engine is: DOCKER_HOST, the context, the usual socket', async (t) => {
  const context = answering({ 'docker context inspect --format {{.Endpoints.docker.Host}}': 'unix:///run/user/1000/docker.sock\n' });
  t.equal(await dockerEndpoint(context, { DOCKER_HOST: 'tcp://10.0.0.1:2375' }, never), 'tcp://10.0.0.1:2375');
  t.equal(await dockerEndpoint(context, {}, never), 'unix:///run/user/1000/docker.sock');
  t.equal(await dockerEndpoint(answering({}), { DOCKER_HOST: '' }, never), 'unix:///var/run/docker.sock');
  const far = answering({ 'docker context inspect --format {{.Endpoints.docker.Host}}': 'ssh://far' });
  t.match((await engineFindings(far, {}, never)).findings[1], { ok: false, detail: /the docker context leads to ssh:\/\/far/ });
});

t.test('what the engine says is held against what nodes need', async (t) => {
  const facts = { version: '', cgroupVersion: '1', rootless: false, memory: 0, root: '', images: [], clusters: [] };
  t.match(cgroupFinding(facts), { ok: true, detail: 'version 1' });
  t.match(cgroupFinding({ ...facts, rootless: true }), { ok: false, hint: /unified_cgroup_hierarchy/ });
  t.match(cgroupFinding({ ...facts, rootless: true, cgroupVersion: '2' }), { ok: true });
  const images = ['svclab/node:v1.31.0', 'traefik/whoami:latest', 'nicolaka/netshoot:latest'];
  t.strictSame(imagesFinding({ ...facts, images }), { what: 'images', ok: true, detail: 'all are there: no registry is needed' });
  t.match(imagesFinding({ ...facts, images: images.slice(1) }), {
    ok: true,
    detail: /^svclab\/node:v1\.31\.0 is not/,
    hint: /images build/,
  });
});
