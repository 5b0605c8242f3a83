import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the stand-ins behave. */
export interface VmBehaviour {
  /** The machine's state, as the provider names it; `up` makes it running, `halt` poweroff. */
  readonly state?: string;
  readonly provider?: string;
  /** For a command of vagrant's: what it writes to standard error, and then it fails. */
  readonly fails?: Readonly<Record<string, string>>;
  /** `up` does not end by itself. */
  readonly hangs?: boolean;
  /** Whether it is set up for these scripts already; it is, unless said. */
  readonly setUp?: boolean;
  /** How the lab in the VM ends; 0 unless said. */
  readonly exitCode?: number;
  /** The lab in the VM goes on until it is interrupted. */
  readonly labHangs?: boolean;
  /** ssh fails with this message: `always`, or from the moment that the lab runs. */
  readonly sshLost?: 'always' | 'in-the-lab';
  /** The archive of the run's folder breaks off. */
  readonly tarFails?: boolean;
}

/** Programs that stand in for vagrant and ssh, a checkout to run them on, and a folder that is the VM's. */
export interface VagrantStandIns {
  readonly root: string;
  /** The VM's folder for run folders and for its copy of the project. */
  readonly vm: string;
  readonly out: string;
  /** What was called, in order: `vagrant up svclab --no-provision`, `lab --requests 5 ...`; and where it is halted under a session, `ssh is still connected`. */
  calls(): readonly string[];
  /** What the VM's folder for run folders holds still. */
  left(): Promise<readonly string[]>;
}

/** Its $PATH holds the stand-ins, and the machine's programs behind them unless `alone`. */
export async function vagrantStandIns(
  t: { teardown(action: () => Promise<void>): void },
  behaviour: VmBehaviour = {},
  { programs = ['vagrant', 'ssh'], alone = false }: { readonly programs?: readonly ('vagrant' | 'ssh')[]; readonly alone?: boolean } = {},
): Promise<VagrantStandIns> {
  const base = await mkdtemp(join(tmpdir(), 'svclab-test-'));
  const [bin, root, vm, out] = [join(base, 'bin'), join(base, 'checkout'), join(base, 'vm'), join(base, 'runs')];
  for (const folder of [bin, join(root, 'scripts'), vm]) await mkdir(folder, { recursive: true });
  for (const file of ['Vagrantfile', 'init_cfg.sh', 'scripts/bootstrap.mjs', 'scripts/tools.txt'])
    await writeFile(join(root, file), `${file}\n`);
  const settings = { base, root, vm, bin, node: process.execPath, ...behaviour };
  const sources = { vagrant, ssh };
  for (const program of programs) {
    await writeFile(
      join(bin, program),
      `#!${process.execPath}\n'use strict';\nconst settings = ${JSON.stringify(settings)};\n${shared}${sources[program]}`,
    );
    await chmod(join(bin, program), 0o755);
  }
  await inside(base, `#!${process.execPath}\n'use strict';\nconst settings = ${JSON.stringify(settings)};\n${shared}${lab}`, behaviour);
  await writeFile(join(base, 'state'), behaviour.state ?? 'running');
  const path = process.env['PATH'];
  process.env['PATH'] = alone ? bin : `${bin}:${path}`;
  t.teardown(async () => {
    process.env['PATH'] = path;
    await rm(base, { recursive: true, force: true });
  });
  return {
    ...{ root, vm, out },
    calls: () => (existsSync(join(base, 'calls')) ? readFileSync(join(base, 'calls'), 'utf8').split('\n').slice(0, -1) : []),
    left: async () => (await readdir(vm)).filter((name) => name.startsWith('svclab-runs-')),
  };
}

/** The VM's own programs, where they differ from this machine's. */
async function inside(base: string, labProgram: string, behaviour: VmBehaviour): Promise<void> {
  const folder = join(base, 'inside');
  await mkdir(folder);
  const programs: Record<string, string> = {
    env: labProgram,
    sh: `#!/bin/bash\ncase "$2" in */var/lib/svclab/set-up*) [ -e '${base}/set-up' ] ;; *) exec /bin/sh "$@" ;; esac\n`,
    ...(behaviour.tarFails ? { tar: '#!/bin/sh\nprintf half\necho "tar: ./x: Cannot read: Input/output error" >&2\nexit 2\n' } : {}),
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  if (behaviour.setUp !== false) await writeFile(join(base, 'set-up'), '');
}

const shared = `
const { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } = require('node:fs');
const { spawn, spawnSync } = require('node:child_process');
const argv = process.argv.slice(2);
const called = (words) => appendFileSync(settings.base + '/calls', words.join(' ') + '\\n');
const end = (code, message = '') => {
  if (message !== '') process.stderr.write(message + '\\n');
  process.exit(code);
};
`;

const vagrant = `
const command = argv[0];
const state = () => readFileSync(settings.base + '/state', 'utf8');
if (command !== '--version') called(['vagrant', ...argv]);
if (process.env.VAGRANT_CWD !== settings.root) if (command !== '--version') end(9, 'another Vagrantfile: ' + process.env.VAGRANT_CWD);
const failure = (settings.fails ?? {})[command];
if (failure !== undefined) end(1, failure);
if (command === '--version') console.log('Vagrant 2.3.4');
else if (command === 'status') {
  console.log('1,svclab,provider-name,' + (settings.provider ?? 'libvirt') + '\\n1,svclab,state,' + state());
} else if (command === 'ssh-config') console.log('Host svclab\\n  HostName 192.0.2.1');
else if (command === 'up') {
  if (settings.hangs) {
    process.on('SIGINT', () => {
      console.log('==> svclab: Waiting for cleanup before exiting...');
      setTimeout(() => end(1, 'interrupted'), 50);
    });
    setInterval(() => {}, 1000);
  } else writeFileSync(settings.base + '/state', 'running');
  // Last: who reads it may send a signal at once.
  console.log('==> svclab: Starting domain.');
} else if (command === 'halt') {
  const alive = (pid) => {
    try {
      return process.kill(Number(pid), 0);
    } catch {
      return false;
    }
  };
  const sessions = existsSync(settings.base + '/ssh') ? readFileSync(settings.base + '/ssh', 'utf8').split('\\n').slice(0, -1) : [];
  if (sessions.some(alive)) called(['ssh', 'is', 'still', 'connected']);
  writeFileSync(settings.base + '/state', 'poweroff');
} else if (command === 'provision') writeFileSync(settings.base + '/set-up', '');
`;

// The line is given to a shell, as sshd would. The VM's folder for run folders is another one here.
const ssh = `
if (argv[0] === '-V') process.exit(0);
appendFileSync(settings.base + '/ssh', process.pid + '\\n');
const lost = 'ssh: connect to host 192.0.2.1 port 22: No route to host';
if (settings.sshLost === 'always') end(255, lost);
const line = argv[argv.indexOf('--') + 1];
if (!line.startsWith('sudo -n -- ') || argv[argv.indexOf('--') - 1] !== 'svclab') end(9, 'not as it should be: ' + argv.join(' '));
if (settings.sshLost === 'in-the-lab' && line.includes('bootstrap.mjs')) end(255, 'Timeout, server 192.0.2.1 not responding.');
const here = (text) => text.replaceAll('/var/tmp/svclab-runs-', settings.vm + '/svclab-runs-');
const child = spawn('bash', ['-c', here(line.slice('sudo -n -- '.length))], {
  stdio: ['pipe', 'inherit', 'inherit'],
  env: { ...process.env, PATH: settings.base + '/inside:' + process.env.PATH },
});
process.stdin.on('data', (chunk) => child.stdin.write(here(chunk.toString())));
process.stdin.on('end', () => child.stdin.end());
child.stdin.on('error', () => {});
child.on('exit', (code, signal) => process.exit(signal === null ? code : 255));
`;

// What 'env -C /svclab NAME=VALUE node scripts/bootstrap.mjs svclab ...' starts in the VM.
const lab = `
const words = argv.slice(argv.indexOf('svclab') + 1);
const out = words[words.indexOf('--out') + 1];
called(['lab', ...words.map((word) => (word === out ? 'OUT' : word))]);
const told = out.replace(settings.vm, '/var/tmp');
const name = '2026-01-02T03-04-05-clusterip-' + process.pid;
const seal = () => {
  mkdirSync(out + '/' + name, { recursive: true });
  writeFileSync(out + '/' + name + '/manifest.json', '{}\\n');
  symlinkSync(name, out + '/latest');
  console.log('folder ' + told + '/' + name);
};
process.stderr.write('progress in ' + told + '\\n');
if (settings.labHangs) {
  console.log('the lab is on its way');
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
    process.on(signal, () => {
      console.log('cleaned up');
      seal();
      process.exit(code);
    });
  }
  setInterval(() => {}, 1000);
} else {
  if (settings.exitCode !== 2) seal();
  process.exitCode = settings.exitCode ?? 0;
}
`;
