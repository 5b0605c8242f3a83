import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Test } from 'tap';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** init_cfg.sh with stand-ins for what it calls, as root of a user namespace in which every place that it writes to is a folder of this machine's. */
export interface ToyMachine {
  readonly path: string;
  run(args: readonly string[], options?: ToyOptions): ToyRun;
  /** Writes a file; those in `bin` can be executed. */
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** What lies in a folder, hidden files too; nothing where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** A program that answers `text`, on the mirror and in the list of pins, as `name`. */
  offer(name: string, version: string, text: string): Promise<void>;
}

interface ToyOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** As an ordinary user, with `sudo` only where there is a stand-in of it. */
  readonly asUser?: boolean;
  /** Shell lines in the namespace before the script starts. */
  readonly before?: string;
}

type ToyRun = ReturnType<typeof start>;

/** Where init_cfg.sh writes, and what takes its place. */
const places: Readonly<Record<string, string>> = {
  'usr-local': '/usr/local',
  log: '/var/log',
  lock: '/run/lock',
  'sysctl.d': '/etc/sysctl.d',
  'profile.d': '/etc/profile.d',
  default: '/etc/default',
  lists: '/var/lib/apt/lists',
  'sources.list.d': '/etc/apt/sources.list.d',
  keyrings: '/usr/share/keyrings',
};

/** Notes every call; brings what `apt-brings` says; what it shall say instead stands in `apt-fails`, with the exit code 100. */
const aptGet = `#!/bin/bash
echo "$*" >>"$TOY/apt.log"
if [ -e "$TOY/apt-fails" ]; then . "$TOY/apt-fails"; fi
case " $* " in *' install '*) . "$TOY/apt-brings" ;; esac
`;

const dpkg =
  '#!/bin/sh\ncase $1 in --print-architecture) echo amd64 ;; --audit) cat "$TOY/audit" ;; *) echo "dpkg $*" >>"$TOY/apt.log"; : >"$TOY/audit" ;; esac\n';

/** Removed at the end of `t`. */
export async function makeToyMachine(
  t: Test,
  osRelease = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Toy Debian 13"\n',
): Promise<ToyMachine> {
  const path = await mkdtemp(join(tmpdir(), 'svclab-machine-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
    if (file.startsWith('bin/')) await chmod(join(path, file), 0o755);
  };
  for (const part of ['init_cfg.sh', 'scripts/machine']) await cp(join(root, part), join(path, 'checkout', part), { recursive: true });
  for (const folder of Object.keys(places)) await mkdir(join(path, folder));
  await write('checkout/package.json', '{\n  "engines": {\n    "node": ">=20.18"\n  }\n}\n');
  await write('checkout/scripts/tools.txt', '# Two tools\ntoytool | svclab-toy-tool svclab-toy-other | plays\nbase | sh | runs\n');
  await write('checkout/scripts/machine/pins.txt', '');
  await write('os-release', osRelease);
  await write('lists/toy_Packages', '');
  await write('instances', '128\n');
  await write('watches', '1000000\n');
  await write('audit', '');
  await write('bin/apt-get', aptGet);
  await write('bin/apt-cache', '#!/bin/sh\nfor last; do :; done\ncat "$TOY/candidates/$last" 2>/dev/null || true\n');
  await write('bin/dpkg', dpkg);
  await write('bin/dpkg-query', '#!/bin/sh\nfor last; do :; done\ncat "$TOY/installed/$last" 2>/dev/null\n');
  await write(
    'apt-brings',
    'for tool in svclab-toy-tool svclab-toy-other; do printf "#!/bin/sh\\n" >"$TOY/bin/$tool"; chmod +x "$TOY/bin/$tool"; done\n',
  );
  return {
    path,
    write,
    run: (args, options = {}) => start(path, args, options),
    read: (file) => readFile(join(path, file), 'utf8'),
    list: (folder) => readdir(join(path, folder)).catch(() => []),
    offer: async (name, version, text) => {
      await write(`mirror/toys/${name}`, text);
      const pins = await readFile(join(path, 'checkout/scripts/machine/pins.txt'), 'utf8');
      await write('checkout/scripts/machine/pins.txt', `${pins}${name} ${version} amd64 sha256 ${sha256(text)} https://toys/${name}\n`);
    },
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function start(path: string, args: readonly string[], { env = {}, asUser = false, before = 'true' }: ToyOptions) {
  const mounts = [
    ...Object.entries(places).map(([from, to]) => `mount --bind ${path}/${from} ${to}`),
    `mount --bind ${path}/os-release "$(realpath /etc/os-release)"`,
    `mount --bind ${path}/instances /proc/sys/fs/inotify/max_user_instances`,
    `mount --bind ${path}/watches /proc/sys/fs/inotify/max_user_watches`,
    // A sudo of this machine's is nobody's business here.
    'if [ -e /usr/bin/sudo ]; then mount --bind /dev/null /usr/bin/sudo; fi',
    before,
  ];
  const user = asUser ? 'unshare --user --map-user=1000 ' : '';
  return execa(
    'unshare',
    [
      '--user',
      '--map-root-user',
      '--mount',
      'bash',
      '-euc',
      `${mounts.join('\n')}\nexec ${user}bash "$0" "$@"`,
      join(path, 'checkout/init_cfg.sh'),
      ...args,
    ],
    {
      reject: false,
      stdin: 'ignore',
      extendEnv: false,
      cwd: '/',
      env: { PATH: `${path}/bin:/usr/bin:/bin`, HOME: path, TMPDIR: path, TOY: path, SVCLAB_MIRROR: `file://${path}/mirror`, ...env },
    },
  );
}
