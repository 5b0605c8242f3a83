import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeToyCheckout, type ToyCheckout } from './toy-checkout.js';

// root in a user namespace of its own, with another /etc/os-release: what the bootstrap does as root, on whichever system. Log and lock are its own too.
const asRoot = (osRelease: string) => [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  ...[`mount --bind "$0" "$(realpath /etc/os-release)" && ${ownLog} && exec "$@"`, osRelease],
];
const ownLog = 'mount -t tmpfs tmpfs /var/log && mount -t tmpfs tmpfs /run/lock';

async function toyWithoutTool(t: Test): Promise<ToyCheckout> {
  const checkout = await makeToyCheckout(t);
  await checkout.write('debian', 'PRETTY_NAME="Toy Debian"\nID=toy\nID_LIKE="ubuntu debian"\n');
  await checkout.write('fedora', 'PRETTY_NAME="Toy Fedora"\nID=fedora\n');
  await rm(join(checkout.path, 'bin/svclab-toy-tool'));
  return checkout;
}

/** An apt-get that writes down what it was asked, and does the shell lines given for `install` and `update`. */
async function fakeApt(checkout: ToyCheckout, install: string, update = 'true'): Promise<void> {
  await checkout.write(
    'bin/apt-get',
    `#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >>"$HOME/apt.log"\ncase "$*" in *update*) ${update};; *) ${install};; esac\n`,
  );
  await chmod(join(checkout.path, 'bin/apt-get'), 0o755);
}

const bringTool = (checkout: ToyCheckout) =>
  `printf "#!/bin/sh\\n" >${checkout.path}/bin/svclab-toy-tool; chmod +x ${checkout.path}/bin/svclab-toy-tool`;

t.test('as root on Debian or one like it: says what and why, installs, goes on', async (t) => {
  const checkout = await toyWithoutTool(t);
  await fakeApt(checkout, bringTool(checkout));
  const { exitCode, stderr, stdout } = await checkout.start(['svclab', 'run'], {}, asRoot(join(checkout.path, 'debian')));
  t.equal(exitCode, 7);
  t.equal(stdout, '["run"]');
  t.match(stderr, 'svclab-toy-tool: plays (package toytool)');
  t.match(await checkout.read('apt.log'), /^noninteractive .*install -y --no-install-recommends toytool$/m);
  t.match(stderr, 'installing toytool with apt-get (SVCLAB_NO_INSTALL=1 forbids that)');
});

t.test('as root: the lists are fetched when the install fails without, and a failure is shown', async (t) => {
  const checkout = await toyWithoutTool(t);
  await fakeApt(checkout, 'echo "E: Unable to locate package toytool" >&2; exit 100');
  const { exitCode, stderr } = await checkout.start(['svclab', 'run'], {}, asRoot(join(checkout.path, 'debian')));
  t.equal(exitCode, 3);
  t.match(stderr, 'fetching the package lists');
  t.match(stderr, 'E: Unable to locate package toytool');
  t.match(stderr, /sudo bash .*init_cfg\.sh --only tools/);
});

t.test('as root, where it is forbidden, nothing is installed', async (t) => {
  const checkout = await toyWithoutTool(t);
  await fakeApt(checkout, bringTool(checkout));
  const { exitCode, stderr } = await checkout.start(['svclab', 'run'], { SVCLAB_NO_INSTALL: '1' }, asRoot(join(checkout.path, 'debian')));
  t.equal(exitCode, 3);
  t.match(stderr, /sudo bash .*init_cfg\.sh --only tools/);
  await t.rejects(checkout.read('bin/svclab-toy-tool'));
});

t.test('as root on another distribution: names what is missing', async (t) => {
  const checkout = await toyWithoutTool(t);
  const { exitCode, stderr } = await checkout.start(['svclab', 'run'], {}, asRoot(join(checkout.path, 'fedora')));
  t.equal(exitCode, 3);
  t.match(stderr, 'svclab-toy-tool: plays (package toytool)');
  t.match(stderr, 'this is Toy Fedora');
});

t.test('a checkout that this user may not write', async (t) => {
  const checkout = await toyWithoutTool(t);
  const readOnly = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
  const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"';
  const { exitCode, stderr } = await checkout.start(['svclab', 'list'], {}, [...readOnly, mount, checkout.path]);
  t.equal(exitCode, 4);
  t.match(stderr, /not allowed to write .*Run this as the owner of the checkout, or in a clone of your own/);
});
