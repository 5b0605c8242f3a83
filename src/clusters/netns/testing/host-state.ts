import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { waitFor } from '../../../core/wait.js';

/** For tests alone: what of the machine a cluster must never touch, as text to be compared. */
export function hostState(): string {
  const namespaces = readdirSync('/proc/self/ns').map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
  const held = readdirSync('/proc/self/fd').flatMap((fd) => {
    const target = linkOf(`/proc/self/fd/${fd}`);
    return /^(net|mnt|pid|user|uts|ipc):/.test(target) ? [target] : [];
  });
  return [
    ...[...namespaces, ...held],
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => couldBeOurs.test(line.split(' ')[1] ?? '')),
    ...Object.keys(networkInterfaces()),
    ask('ip', '-o', 'link'),
    ask('ip', 'route'),
    ask('sysctl', 'net.ipv4.ip_forward', 'net.ipv4.conf.all.rp_filter', 'net.ipv4.conf.all.route_localnet'),
    ...(existsSync('/run/netns') ? readdirSync('/run/netns').filter((name) => couldBeOurs.test(`/run/netns/${name}`)) : []),
    // An ordinary user can neither read nor change the machine's rules.
    ...(process.getuid?.() === 0 ? [ask('nft', 'list', 'ruleset'), ask('iptables-save'), ask('iptables-legacy-save')] : []),
  ].join('\n');
}

/** Where a cluster mounts something in its own mount namespace; other programs mount and unmount elsewhere meanwhile. */
const couldBeOurs = /^(\/|\/(proc|sys|etc|run|tmp|dev)|\/(etc|sys)\/.*|\/run\/(svclab.*|netns|netns\/(myk8s|mypc|pod\.).*))$/;

/** The addresses of this machine. */
export function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
}

/** A process, and when it started: a number may be given again. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** Clock ticks since the machine started. */
  readonly startedAt: number;
  readonly name: string;
}

/** A process (but not this one) with its descendants, and the PID namespaces that they are in. */
export interface Family {
  readonly processes: readonly Process[];
  readonly pidNamespaces: ReadonlySet<string>;
  readonly until: number;
}

export function familyOf(ancestor: number): Family {
  const all = processes();
  const found: Process[] = all.filter(({ pid }) => pid === ancestor && pid !== process.pid);
  for (let parents = new Set([ancestor]); parents.size > 0; ) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  const own = linkOf('/proc/self/ns/pid');
  const pidNamespaces = new Set(
    found.map(({ pid }) => linkOf(`/proc/${pid}/ns/pid`)).filter((namespace) => namespace !== own && namespace !== ''),
  );
  return { processes: found, pidNamespaces, until: Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100 };
}

/** How many network namespaces these processes are in. */
export function networksOf(family: Family): number {
  return new Set(family.processes.map(({ pid }) => linkOf(`/proc/${pid}/ns/net`)).filter((namespace) => namespace !== '')).size;
}

/**
 * Waits until nothing of a family is left. What it started after it was looked at is found by its PID namespace; a number of a namespace may be
 * given again, to a process that starts later.
 * @throws EnvironmentError that names what is still there.
 */
export async function allGone(family: Family): Promise<void> {
  const known = new Set(family.processes.map(({ pid, startedAt }) => `${pid} ${startedAt}`));
  await waitFor(
    'the end of every process',
    () => {
      const left = processes().filter(
        (one) =>
          one.state !== 'Z' &&
          (known.has(`${one.pid} ${one.startedAt}`) ||
            (one.startedAt <= family.until + 100 && family.pidNamespaces.has(linkOf(`/proc/${one.pid}/ns/pid`)))),
      );
      if (left.length > 0) throw new Error(left.map(({ pid, name }) => `${name} (${pid})`).join(', '));
      return true;
    },
    { intervalMs: 10, timeoutMs: 10_000 },
  );
}

function processes(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = textOf(`/proc/${pid}/stat`);
      // proc(5): pid (comm) state ppid ... starttime is the 22nd field.
      const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)/s.exec(stat) ?? [];
      const fields = rest.split(' ');
      return rest === ''
        ? []
        : [{ pid: Number(pid), name, state: fields[0] ?? '', parent: Number(fields[1]), startedAt: Number(fields[19]) }];
    });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function ask(command: string, ...args: readonly string[]): string {
  const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;
  try {
    // Counters and times of day go on without us.
    return execFileSync(command, args, { encoding: 'utf8', env: { PATH }, stdio: ['ignore', 'pipe', 'ignore'] }).replaceAll(
      /^#.*$|\[\d+:\d+\]|packets \d+ bytes \d+/gm,
      '',
    );
  } catch {
    return `${command}: not here`;
  }
}
