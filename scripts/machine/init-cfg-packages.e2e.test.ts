import t from 'tap';
import { makeToyMachine } from './testing/toy-machine.js';

t.test('Node: from the distribution where it is new enough', async (t) => {
  const machine = await makeToyMachine(t);
  await machine.write('bin/node', '#!/bin/sh\necho v18.20.4\n');
  await machine.write('candidates/nodejs', 'nodejs:\n  Candidate: 20.19.2+dfsg-1\n');
  await machine.write(
    'apt-brings',
    'printf "#!/bin/sh\\necho v20.19.2\\n" >"$TOY/bin/node"; printf "#!/bin/sh\\necho 9.2.0\\n" >"$TOY/bin/npm"; chmod +x "$TOY/bin/npm"\n',
  );
  const { exitCode, stderr } = await machine.run(['--only', 'node']);
  t.equal(exitCode, 0, stderr);
  t.match(await machine.read('apt.log'), /install -y --no-install-recommends nodejs npm\n$/);
});

t.test('Node: NodeSource where it is not, and only with the key that is pinned', async (t) => {
  const machine = await makeToyMachine(t, 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Toy Debian 12"\n');
  await machine.write('checkout/scripts/machine/pins.txt', 'nodesource node_20.x any openpgp AAAA https://deb.nodesource.com/key\n');
  await machine.write('mirror/deb.nodesource.com/key', 'a key');
  await machine.write('bin/node', '#!/bin/sh\necho v18.20.4\n');
  await machine.write('bin/npm', '#!/bin/sh\necho 9.2.0\n');
  await machine.write('candidates/nodejs', 'nodejs:\n  Candidate: 18.20.4+dfsg-1\n');
  const gpg = (...prints: readonly string[]) =>
    machine.write(
      'bin/gpg',
      `#!/bin/sh\nprintf '${prints.map((print) => `pub:::\\nfpr:::::::::${print}:\\nsub:::\\nfpr:::::::::CCCC:\\n`).join('')}'\n`,
    );
  for (const prints of [['BBBB'], ['AAAA', 'BBBB'], []]) {
    await gpg(...prints);
    const { exitCode, stderr } = await machine.run(['--only', 'node']);
    t.equal(exitCode, 4);
    t.match(stderr, `its fingerprint is '${prints.join(' ')}', pinned is AAAA`);
    t.strictSame(await machine.list('keyrings'), []);
  }
  await gpg('AAAA');
  const unusable = await machine.run(['--only', 'node']);
  t.equal(unusable.exitCode, 4);
  t.match(unusable.stderr, 'NodeSource could not be used as a source of packages');
  t.strictSame([...(await machine.list('keyrings')), ...(await machine.list('sources.list.d'))], [], 'taken away again');
  await machine.write(
    'apt-fails',
    'case " $* " in *" update "*) printf "  Candidate: 20.20.2-1nodesource1\\n" >"$TOY/candidates/nodejs" ;; esac\n',
  );
  await machine.write('apt-brings', 'printf "#!/bin/sh\\necho v20.20.2\\n" >"$TOY/bin/node"\n');
  const { exitCode, stderr } = await machine.run(['--only', 'node']);
  t.equal(exitCode, 0, stderr);
  t.match(await machine.read('sources.list.d/svclab-nodesource.sources'), /Signed-By: \/usr\/share\/keyrings\/svclab-nodesource\.asc/);
  t.equal(await machine.read('keyrings/svclab-nodesource.asc'), 'a key');
});

t.test('an engine that listens on the network is not right, and is left to its owner', async (t) => {
  const machine = await makeToyMachine(t);
  for (const program of ['docker', 'dockerd', 'containerd', 'runc']) await machine.write(`bin/${program}`, '#!/bin/sh\n');
  await machine.write('bin/pgrep', '#!/bin/sh\nexit 1\n');
  await machine.write('bin/systemctl', '#!/bin/sh\n');
  t.equal((await machine.run(['--only', 'docker', '--check'])).exitCode, 0);
  await machine.write('default/docker', 'DOCKER_OPTS="-H tcp://127.0.0.1:2375 -H tcp://0.0.0.0:2375"\n');
  const { exitCode, stderr } = await machine.run(['--only', 'docker']);
  t.equal(exitCode, 3);
  t.match(stderr, /step docker failed: .*tcp:\/\/0\.0\.0\.0:2375/);
  t.notMatch(stderr, '127.0.0.1');
});
