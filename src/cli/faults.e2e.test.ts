import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { svclab, temporaryFolder } from './testing/svclab.js';

const root = process.getuid?.() === 0;
const lab = new URL('../../../labs/', import.meta.url);

/** A namespace of the test's own, so that mounts and settings touch nobody. */
const unshared = ['unshare', ...(root ? [] : ['--user', '--map-current-user', '--keep-caps']), '--mount', '--', 'sh', '-c'];

t.test('a full disk for the run folder ends the run with what to do, and nothing hangs', async (t) => {
  const folder = await temporaryFolder(t);
  const wrap = [...unshared, 'mount -t tmpfs -o size=256k tmpfs "$1" && shift && exec "$@"', 'sh', folder];
  const end = await svclab(['run', 'clusterip', '--out', folder], { wrap });
  t.equal(end.exitCode, 4, end.stderr);
  t.match(`${end.stdout}${end.stderr}`, /no space left|disk is full|ENOSPC/i);
  t.notMatch(end.stderr, /\n\s+at /);
});

t.test('a run folder that may not be written is an error of the environment', async (t) => {
  const folder = await temporaryFolder(t);
  const wrap = [...unshared, 'mount -t tmpfs -o ro tmpfs "$1" && shift && exec "$@"', 'sh', folder];
  const end = await svclab(['run', 'clusterip', '--out', join(folder, 'runs')], { wrap });
  t.equal(end.exitCode, 4, end.stderr);
  t.match(end.stderr, /runs.*(read-only|cannot be)/i);
});

t.test('where the system refuses namespaces, it says so and what to do', async (t) => {
  const limit = ['unshare', '--user', ...(root ? ['--map-root-user'] : ['--map-current-user', '--keep-caps']), '--', 'sh', '-c'];
  // Without user namespaces for the ordinary user; without CAP_SYS_ADMIN for root.
  const wrap = root
    ? ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', '--']
    : [...limit, 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', 'sh'];
  const end = await svclab(['run', 'clusterip', '--out', await temporaryFolder(t)], { wrap });
  t.equal(end.exitCode, 3, end.stderr);
  t.match(end.stderr, root ? /privileged/ : /sudo/);
  const doctor = await svclab(['doctor'], { wrap });
  t.equal(doctor.exitCode, 3);
  t.match(doctor.stdout, /missing {2}namespaces/);
});

t.test('a table that cannot be read leaves its claims inconclusive, and the others are judged', async (t) => {
  const folder = await temporaryFolder(t);
  // A conntrack that cannot read the kernel's table comes first in PATH.
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'conntrack'), '#!/bin/sh\necho "conntrack: Operation not permitted" >&2\nexit 1\n');
  await chmod(join(folder, 'bin', 'conntrack'), 0o755);
  const end = await svclab(['run', 'clusterip', '--out', join(folder, 'runs'), '--json'], {
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
  });
  t.equal(end.exitCode, 4, end.stderr);
  const [report]: readonly { claims: readonly { id: string; verdict: { status: string; why?: { en: string } } }[] }[] = JSON.parse(
    end.stdout,
  ).runs;
  const statusOf = (id: string) => report?.claims.find((claim) => claim.id === id)?.verdict;
  t.match(statusOf('remembered'), { status: 'inconclusive', why: { en: /Operation not permitted/ } });
  t.equal(statusOf('service-rules')?.status, 'pass');
});

t.test('a missing tool is named', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'bin'));
  // Every tool but tcpdump, in a mount namespace where the usual folders hold nothing else.
  const wrap = [...unshared, 'mount --bind /dev/null "$(command -v tcpdump)" && exec "$@"', 'sh'];
  const doctor = await svclab(['doctor'], { wrap });
  t.equal(doctor.exitCode, 3);
  t.match(doctor.stdout, /missing {2}tcpdump[\s\S]*apt-get install tcpdump/);
  const end = await svclab(['run', 'clusterip', '--out', join(folder, 'runs')], { wrap });
  t.equal(end.exitCode, 4, 'the claims that need captures are inconclusive');
  t.match(end.stdout, /tcpdump/);
});

const manifests: readonly {
  readonly name: string;
  readonly change: (text: string) => string;
  readonly file: string;
  readonly says: RegExp;
  readonly exitCode: number;
}[] = [
  {
    name: 'an unknown image',
    file: 'webpods.yaml',
    change: (text) => text.replace('traefik/whoami', 'nginx:1.27'),
    says: /webpods\.yaml:11:14: [\s\S]*nginx:1\.27[\s\S]*traefik\/whoami[\s\S]*--cluster kind/,
    exitCode: 2,
  },
  {
    name: 'a bad port',
    file: 'svc-clusterip.yaml',
    change: (text) => text.replace('port: 9000', 'port: 90000'),
    says: /svc-clusterip\.yaml:\d+:\d+: [\s\S]*65535/,
    exitCode: 2,
  },
  {
    name: 'two pods of one name',
    file: 'webpods.yaml',
    change: (text) => text.replace('webpod2', 'webpod1'),
    says: /webpods\.yaml:\d+:\d+: [\s\S]*webpod1/,
    exitCode: 2,
  },
  {
    name: 'a node that is not there',
    file: 'net-pod.yaml',
    change: (text) => text.replace('myk8s-control-plane', 'myk8s-worker9'),
    says: /no node 'myk8s-worker9'[\s\S]*myk8s-worker3/,
    exitCode: 2,
  },
  {
    name: 'a kind that only a real cluster has',
    file: 'net-pod.yaml',
    change: (text) => `${text}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n`,
    says: /ConfigMap[\s\S]*--cluster kind/,
    exitCode: 2,
  },
];

for (const { name, change, file, says, exitCode } of manifests) {
  t.test(`manifest fault: ${name}`, async (t) => {
    const folder = await labCopy(t, { [`clusterip/manifests/${file}`]: change });
    const end = await svclab(['run', join(folder, 'clusterip'), '--out', join(folder, 'runs')]);
    t.equal(end.exitCode, exitCode, end.stderr);
    t.match(`${end.stdout}${end.stderr}`, says);
    t.notMatch(end.stderr, /\n\s+at /);
  });
}

t.test('an exhausted service range is said, with what to widen', async (t) => {
  const folder = await labCopy(t, {
    'myk8s.kind.yaml': (text) => text.replace('10.200.1.0/24', '10.200.1.0/28'),
    'clusterip/manifests/svc-clusterip.yaml': (text) =>
      [text, ...Array.from({ length: 13 }, (_, i) => text.replace('svc-clusterip', `svc-${i}`))].join('---\n'),
  });
  const end = await svclab(['run', join(folder, 'clusterip'), '--out', join(folder, 'runs')]);
  t.equal(end.exitCode, 2, end.stderr);
  t.match(`${end.stdout}${end.stderr}`, /no address is left in the service range 10\.200\.1\.0\/28[\s\S]*serviceSubnet/);
});

/** A copy of the lab with files changed. */
async function labCopy(
  t: Parameters<typeof temporaryFolder>[0],
  changes: Readonly<Record<string, (text: string) => string>>,
): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'clusterip', 'manifests'), { recursive: true });
  const names = (await readdir(new URL('clusterip/manifests/', lab))).map((name) => `clusterip/manifests/${name}`);
  for (const file of ['myk8s.kind.yaml', 'clusterip/lab.yaml', ...names]) {
    const text = await readFile(new URL(file, lab), 'utf8');
    await writeFile(join(folder, file), changes[file]?.(text) ?? text);
  }
  return folder;
}
