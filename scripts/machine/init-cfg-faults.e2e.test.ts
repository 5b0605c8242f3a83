import { execa } from 'execa';
import t from 'tap';
import { makeToyMachine, type ToyMachine } from './testing/toy-machine.js';

t.test('wrong usage', async (t) => {
  const machine = await makeToyMachine(t);
  for (const [args, says] of [
    [['--only', 'tools,lunch'], "there is no step 'lunch'; the steps are tools docker kind kubectl node extras"],
    [['--only'], '--only takes a value'],
    [['--only='], '--only names no step'],
    [['--force'], "unknown argument '--force'"],
    [['--offline', '/nowhere'], 'there is no such folder'],
    [['--offline', '/usr'], 'holds no SHA256SUMS'],
  ] as const) {
    const { exitCode, stderr, stdout } = await machine.run(args);
    t.equal(exitCode, 2, args.join(' '));
    t.match(stderr, says);
    t.equal(stdout, '');
  }
  t.match((await machine.run(['--help'])).stdout, /Usage: [\s\S]*Exit codes:/);
});

t.test('an unsupported distribution; the tools alone on what is made from Debian', async (t) => {
  const fedora = await makeToyMachine(t, 'ID=fedora\nVERSION_ID=41\nPRETTY_NAME="Toy Fedora"\n');
  const refused = await fedora.run(['--only', 'tools']);
  t.equal(refused.exitCode, 3);
  t.match(refused.stderr, 'Toy Fedora is not supported: Debian 12 and 13, Ubuntu 22.04 and 24.04 are');
  const mint = await makeToyMachine(t, 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\nPRETTY_NAME="Toy Mint"\n');
  t.equal((await mint.run(['--only', 'kind'])).exitCode, 3);
  t.equal((await mint.run(['--only', 'tools'])).exitCode, 0);
});

t.test('not root: no sudo, a sudo that wants a password, a sudo that lets', async (t) => {
  const machine = await makeToyMachine(t);
  t.equal((await machine.run(['--only', 'tools', '--check'], { asUser: true })).exitCode, 3, 'to look needs no root');
  const without = await machine.run(['--only', 'tools'], { asUser: true });
  t.equal(without.exitCode, 3);
  t.match(without.stderr, 'this needs root, and there is no sudo');
  await machine.write('bin/sudo', '#!/bin/sh\nexit 1\n');
  const asks = await machine.run(['--only', 'tools'], { asUser: true });
  t.equal(asks.exitCode, 3);
  t.match(asks.stderr, 'sudo wants a password but there is no terminal');
  await machine.write('bin/sudo', '#!/bin/sh\n[ "$1" = -n ] || echo "$*"\n');
  const lets = await machine.run(['--only', 'tools'], { asUser: true });
  t.match(lets.stdout, /^-- env SVCLAB_MIRROR=.* bash .*init_cfg\.sh --only tools$/);
});

t.test('apt: the fault is named, and what apt-get said is shown', async (t) => {
  const machine = await makeToyMachine(t);
  const faults: readonly (readonly [string, number, RegExp])[] = [
    ["E: You don't have enough free space in /var/cache/apt/archives/.", 4, /step tools failed: the disk is full/],
    ["E: Failed to fetch http://deb/x.deb  Could not resolve 'deb'", 4, /step tools failed: the network was lost/],
    ['E: Failed to fetch http://deb/x.deb  Hash Sum mismatch', 4, /does not have the digest or signature/],
    ['E: Unable to locate package toytool', 3, /apt-get could not install toytool/],
  ];
  for (const [words, code, says] of faults) {
    await machine.write('apt-fails', `echo "${words}" >&2; exit 100\n`);
    const { exitCode, stderr } = await machine.run(['--only', 'tools']);
    t.equal(exitCode, code, words);
    t.match(stderr, words);
    t.match(stderr, says);
    t.match(stderr, /The log: \/var\/log\/svclab\/init_cfg-tools\.log/);
  }
  await machine.write('apt-fails', '');
  t.equal((await machine.run(['--only', 'tools'])).exitCode, 0, 'the next one succeeds');
});

t.test('apt is held by another: waits for the end of that process, or says that it still holds it', async (t) => {
  const machine = await makeToyMachine(t);
  const holder = execa('sleep', ['300'], { reject: false });
  t.teardown(() => holder.kill());
  const held = `E: Could not get lock /var/lib/apt/lists/lock. It is held by process ${holder.pid} (apt)`;
  await machine.write('apt-fails', `if kill -0 ${holder.pid} 2>/dev/null; then echo "${held}" >&2; exit 100; fi\n`);
  const still = await machine.run(['--only', 'tools'], { env: { SVCLAB_APT_LOCK_WAIT: '0' } });
  t.equal(still.exitCode, 4);
  t.match(still.stderr, 'another apt or dpkg still holds the lock after 0 s');
  const waiting = machine.run(['--only', 'tools']);
  waiting.stderr.on('data', (said) => {
    if (String(said).includes(`process ${holder.pid} holds the lock`)) holder.kill();
  });
  const { exitCode, stderr } = await waiting;
  t.equal(exitCode, 0, stderr);
});

t.test('an installation that was cut short is finished first', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.write('audit', 'The following packages are only half configured\n');
  const { exitCode, stderr } = await machine.run(['--only', 'tools']);
  t.equal(exitCode, 0, stderr);
  t.match(await machine.read('apt.log'), /^dpkg --configure -a\n/);
});

t.test('SIGTERM in the middle ends what runs, leaves nothing, and the next run goes on', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.write('apt-fails', 'echo $$ >"$TOY/pid"; exec sleep 300\n');
  const run = machine.run(['--only', 'tools']);
  run.stderr.on('data', (said) => {
    if (String(said).includes('installing toytool')) void begun(machine).then(() => run.kill('SIGTERM'));
  });
  const { exitCode, stderr } = await run;
  t.equal(exitCode, 143, stderr);
  t.match(stderr, 'stopped by SIGTERM in step tools');
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, 'what it had started has ended');
  await machine.write('apt-fails', '');
  t.equal((await machine.run(['--only', 'tools'])).exitCode, 0);
});

let pid = Number.NaN;
async function begun(machine: ToyMachine): Promise<void> {
  while (Number.isNaN(pid)) pid = Number.parseInt(await machine.read('pid').catch(() => ''), 10);
}
