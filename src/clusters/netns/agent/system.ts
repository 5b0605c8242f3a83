import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import koffi from 'koffi';
import type { NamespaceSpec } from '../../../exec/protocol.js';
import { errnoName } from './errno-name.js';

// From linux/sched.h and linux/mount.h; see setns(2), unshare(2), mount(2).
const CLONE_NEWNET = 0x40000000;
const CLONE_NEWUTS = 0x04000000;
const MS_BIND = 4096;
const MNT_DETACH = 2;

const libc = koffi.load('libc.so.6');
const sys = {
  setns: libc.func('int setns(int fd, int kind)'),
  unshare: libc.func('int unshare(int flags)'),
  mount: libc.func('int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)'),
  umount2: libc.func('int umount2(const char *target, int flags)'),
  sethostname: libc.func('int sethostname(const char *name, size_t length)'),
};

const hasIpv6 = existsSync('/proc/sys/net/ipv6');

interface Namespace {
  readonly net: number;
  readonly uts: number | undefined;
}

/**
 * The namespaces inside the sandbox. Every method here is synchronous on purpose: setns(2) moves the calling thread alone,
 * and anything asynchronous begun while the thread is elsewhere would run there.
 */
export class Namespaces {
  readonly #root: Namespace;
  readonly #byName = new Map<string, Namespace>();
  /** The machine's own /run, which a private one covers from here on. */
  readonly hostRun: number;

  /** Covers /run with a private one, so that `ip netns` and the tools' lock files touch nothing of the machine's. */
  constructor() {
    this.hostRun = openSync('/run', 'r');
    check('mount /run', sys.mount('tmpfs', '/run', 'tmpfs', 0, null));
    mkdirSync('/run/netns');
    this.#root = { net: openSync('/proc/thread-self/ns/net', 'r'), uts: openSync('/proc/thread-self/ns/uts', 'r') };
  }

  add(spec: NamespaceSpec): void {
    if (this.#byName.has(spec.name)) throw new Error(`namespace ${spec.name} is there already`);
    const file = namespaceFile(spec.name);
    try {
      check('unshare', sys.unshare(spec.hostname === undefined ? CLONE_NEWNET : CLONE_NEWNET | CLONE_NEWUTS));
      if (spec.hostname !== undefined) check('sethostname', sys.sethostname(spec.hostname, Buffer.byteLength(spec.hostname)));
      // Named as `ip netns add` names them, so that `ip -n`, `ip netns exec` and a curious student find them.
      writeFileSync(file, '');
      check('mount', sys.mount('/proc/thread-self/ns/net', file, 'none', MS_BIND, null));
      this.#byName.set(spec.name, {
        net: openSync('/proc/thread-self/ns/net', 'r'),
        uts: spec.hostname === undefined ? undefined : openSync('/proc/thread-self/ns/uts', 'r'),
      });
      for (const [path, value] of Object.entries(spec.sysctls)) {
        // A kernel without IPv6 has none of its settings.
        if (hasIpv6 || !path.startsWith('net/ipv6/')) writeFileSync(`/proc/sys/${path}`, value);
      }
    } finally {
      this.#enter(this.#root);
    }
  }

  remove(name: string): void {
    const namespace = this.#get(name);
    this.#byName.delete(name);
    closeSync(namespace.net);
    if (namespace.uts !== undefined) closeSync(namespace.uts);
    check('umount', sys.umount2(namespaceFile(name), MNT_DETACH));
    rmSync(namespaceFile(name));
  }

  /** Runs `action`, which must be synchronous, with the thread inside the namespace (the sandbox's own for an empty name). */
  within<T>(name: string, action: () => T): T {
    if (name === '') return action();
    const namespace = this.#get(name);
    try {
      this.#enter(namespace);
      return action();
    } finally {
      this.#enter(this.#root);
    }
  }

  #get(name: string): Namespace {
    const namespace = this.#byName.get(name);
    if (namespace === undefined) throw new Error(`there is no namespace ${name}`);
    return namespace;
  }

  #enter(namespace: Namespace): void {
    check('setns', sys.setns(namespace.net, CLONE_NEWNET));
    if (namespace.uts !== undefined) check('setns', sys.setns(namespace.uts, CLONE_NEWUTS));
  }
}

function namespaceFile(name: string): string {
  return `/run/netns/${name}`;
}

function check(call: string, result: number): void {
  if (result === 0) return;
  const name = errnoName();
  throw Object.assign(new Error(`${call} failed: ${name}`), { code: name });
}
