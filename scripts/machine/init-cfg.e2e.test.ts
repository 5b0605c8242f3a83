import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeToyMachine, sha256 } from './testing/toy-machine.js';

const kind = '#!/bin/sh\necho "kind v0.24.0 go1.22.6 linux/amd64"\n';

t.test('--check says what is there, what is missing and what would be done, and changes nothing', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.offer('kind', 'v0.24.0', kind);
  const { exitCode, stdout, stderr } = await machine.run(['--check', '--only', 'kind,tools']);
  t.equal(exitCode, 3, stderr);
  t.match(stdout, /^tools +missing +toytool +not found: svclab-toy-tool svclab-toy-other; would do: apt-get install toytool$/m);
  t.match(stdout, /^tools +there +base +sh$/m);
  t.match(
    stdout,
    new RegExp(`^kind +missing +kind .*would do: download file://.*toys/kind, SHA-256 ${sha256(kind)}, into /usr/local/bin$`, 'm'),
  );
  t.ok(stdout.indexOf('tools') < stdout.indexOf('kind '), 'in the order in which they are done');
  t.strictSame(await machine.list('log'), []);
  t.strictSame(await machine.list('usr-local'), []);
  await t.rejects(machine.read('apt.log'));
});

t.test('in Korean where the locale is', async (t) => {
  const machine = await makeToyMachine(t);
  const { stdout } = await machine.run(['--check', '--only', 'tools'], { env: { LANG: 'ko_KR.UTF-8' } });
  t.match(stdout, /^tools +없음 +toytool .*할 일: apt-get install toytool$/m);
  t.match((await machine.run(['--only', 'lunch'], { env: { LC_ALL: 'ko_KR.UTF-8' } })).stderr, "'lunch' 단계는 없다");
});

t.test('tools: installs, says so, leaves a log; the second time it finds everything', async (t) => {
  const machine = await makeToyMachine(t);
  const first = await machine.run(['--only', 'tools']);
  t.equal(first.exitCode, 0, first.stderr);
  t.equal(first.stdout, '');
  t.match(first.stderr, /tools: missing: toytool[\s\S]*tools: done/);
  t.match(await machine.read('apt.log'), /install -y --no-install-recommends toytool\n$/);
  t.match(await machine.read('log/svclab/init_cfg-tools.log'), 'apt-get');
  const calls = await machine.read('apt.log');
  const second = await machine.run(['--only', 'tools']);
  t.equal(second.exitCode, 0);
  t.match(second.stderr, 'tools: all is there');
  t.equal(await machine.read('apt.log'), calls, 'nothing was called');
  t.equal((await machine.run(['--only', 'tools', '--check'])).exitCode, 0);
});

t.test('kind: fetched, held against its digest, put in place whole; limits raised for now and for good', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.offer('kind', 'v0.24.0', kind);
  const { exitCode, stderr } = await machine.run(['--only', 'kind']);
  t.equal(exitCode, 0, stderr);
  t.equal(await machine.read('usr-local/bin/kind'), kind);
  t.strictSame(await machine.list('usr-local/bin'), ['kind'], 'and nothing beside it');
  t.equal(await machine.read('instances'), '512\n');
  t.equal(await machine.read('watches'), '1000000\n', 'what is higher is left');
  t.match(await machine.read('sysctl.d/60-svclab-kind.conf'), /max_user_instances = 512\nfs.inotify.max_user_watches = 1000000\n$/);
  const before = await stat(join(machine.path, 'usr-local/bin/kind'));
  t.match((await machine.run(['--only', 'kind'])).stderr, 'kind: all is there');
  t.equal((await stat(join(machine.path, 'usr-local/bin/kind'))).mtimeMs, before.mtimeMs);
});

t.test('a kind of another version is replaced', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.offer('kind', 'v0.24.0', kind);
  await machine.write('usr-local/bin/kind', 'half of it');
  const { stdout } = await machine.run(['--check', '--only', 'kind']);
  t.match(stdout, 'wanted v0.24.0, found none', 'half a program does not look installed');
  t.equal((await machine.run(['--only', 'kind'])).exitCode, 0);
  t.equal(await machine.read('usr-local/bin/kind'), kind);
});

t.test('extras: a command, a prompt and completions, written once', async (t) => {
  const machine = await makeToyMachine(t);
  for (const program of ['kubectx', 'ipset', 'ipvsadm']) await machine.write(`bin/${program}`, '#!/bin/sh\n');
  await machine.write('bin/helm', '#!/bin/sh\n[ "$1" = version ] && echo v3.16.4 || echo "helm completion for $2"\n');
  await machine.write('bin/kubectl', '#!/bin/sh\necho "completion for $2"\n');
  await machine.write(
    'checkout/scripts/machine/pins.txt',
    'helm v3.16.4 amd64 sha256 - https://x\nkube-ps1 v0.9.0 any sha256 - https://x\n',
  );
  await machine.write('apt-brings', 'mkdir -p "$TOY/installed"; printf installed >"$TOY/installed/bash-completion"\n');
  const first = await machine.run(['--only', 'extras']);
  t.equal(first.exitCode, 0, first.stderr);
  t.equal(await machine.read('usr-local/share/zsh/site-functions/_kubectl'), 'completion for zsh\n');
  t.match(await machine.read('usr-local/bin/svclab'), `exec node '${machine.path}/checkout/scripts/bootstrap.mjs' svclab "$@"`);
  t.match(await machine.read('profile.d/svclab.sh'), 'alias k=kubectl');
  const check = await machine.run(['--only', 'extras', '--check']);
  t.equal(check.exitCode, 0);
  t.match(check.stdout, /left out kubecolor +Toy Debian 13 has no such package/);
  t.match(check.stdout, /left out kube-ps1 .*no digest of kube-ps1 v0\.9\.0 for amd64 is pinned.*scripts\/machine\/pins\.txt/);
  await machine.write('bin/kubectl', '#!/bin/sh\necho "newer completion for $2"\n');
  t.match((await machine.run(['--only', 'extras', '--check'])).stdout, /missing +kubectl-bash/);
});
