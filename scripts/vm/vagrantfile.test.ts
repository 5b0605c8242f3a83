import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { projectInVm } from '../../src/cli/vm/inside-arguments.js';
import { setUpDigest } from '../../src/cli/vm/run-in-vm.js';
import { inputFile } from '../../src/schema/input-file.js';
import { loadKindConfig } from '../../src/schema/kind-config.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(240_000);

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const loader = join(root, 'scripts', 'vm', 'vagrantfile.rb');
const missing = spawnSync('ruby', ['--version']).error !== undefined;

const receivedSchema = z.object({
  networks: z.array(z.record(z.string(), z.unknown())),
  folders: z.array(z.record(z.string(), z.unknown())),
  machines: z.array(z.record(z.string(), z.unknown())),
  provisioners: z.array(z.object({ name: z.string(), type: z.string(), args: z.array(z.string()), inline: z.string() })),
  provider: z.record(z.string(), z.unknown()),
  settings: z.record(z.string(), z.unknown()),
});

function load(provider: string, env: Record<string, string> = {}, file = join(root, 'Vagrantfile')) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SVCLAB_')));
  const { status, stdout, stderr } = spawnSync('ruby', [loader, file, provider], { encoding: 'utf8', env: { ...clean, ...env } });
  return { status, stderr, received: () => receivedSchema.parse(JSON.parse(stdout)) };
}

const mapped = loadKindConfig(inputFile(join(root, 'labs', 'myk8s.kind.yaml'))).nodes.flatMap((node) => node.portMappings);
const excluded = ['.git/', '.vagrant/', '.tap/', 'runs/'];

t.test('what both providers receive', { skip: missing && 'there is no ruby' }, async (t) => {
  for (const provider of ['virtualbox', 'libvirt']) {
    const { received } = load(provider);
    const { settings, networks, folders, machines, provisioners } = received();
    t.same(machines, [{ name: 'svclab', primary: true }], provider);
    t.match(settings, { box: 'bento/ubuntu-24.04', box_version: '202508.03.0', box_check_update: false });
    t.same(
      networks.filter(({ kind }) => kind !== 'forwarded_port'),
      [{ kind: 'private_network', ip: '192.168.50.10' }],
      'one private network, and no public one',
    );
    const forwarded = networks.filter(({ kind }) => kind === 'forwarded_port');
    t.same(
      forwarded.map(({ host, guest, host_ip }) => [host, guest, host_ip]),
      mapped.map(({ hostPort }) => [hostPort, hostPort, '127.0.0.1']),
      'the ports of the cluster file, on 127.0.0.1',
    );
    t.same(
      folders.map(({ to, type, disabled }) => [to, type ?? disabled]),
      [
        ['/vagrant', true],
        [projectInVm, 'rsync'],
      ],
    );
    t.match(folders[1], { from: '.', rsync__args: ['--archive', '--delete'], rsync__exclude: [...excluded, 'node_modules/', 'build/'] });
    t.same(
      provisioners.map(({ type, args }) => [type, args]),
      [['shell', []]],
    );
    t.match(provisioners[0]?.inline, /bash \.\/init_cfg\.sh "\$@"\n/);
  }
});

t.test('what only one of them receives', { skip: missing && 'there is no ruby' }, async (t) => {
  t.same(load('virtualbox').received().provider, { cpus: 2, memory: 4096, check_guest_additions: false });
  const libvirt = { cpus: 2, memory: 4096, graphics_type: 'none', video_type: 'none' };
  t.same(load('libvirt').received().provider, { ...libvirt, driver: 'kvm', cpu_mode: 'host-passthrough' });
  const emulated = load('libvirt', { SVCLAB_VM_DRIVER: 'qemu' }).received().provider;
  t.same(emulated, { ...libvirt, driver: 'qemu', cpu_mode: 'custom', cpu_model: 'qemu64' });
});

t.test('what the environment chooses', { skip: missing && 'there is no ruby' }, async (t) => {
  for (const provider of ['virtualbox', 'libvirt']) {
    const chosen = load(provider, {
      SVCLAB_VM_CPUS: '4',
      SVCLAB_VM_MEMORY: '8192',
      SVCLAB_BOX: 'svclab/debian-13',
      SVCLAB_VM_PREBUILT: '1',
      SVCLAB_VM_OFFLINE: 'docs',
      SVCLAB_VM_STEPS: 'tools,node',
    }).received();
    t.match(chosen.provider, { cpus: 4, memory: 8192 });
    t.match(chosen.settings, { box: 'svclab/debian-13', box_version: null });
    t.same(chosen.provisioners[0]?.args, ['--only', 'tools,node', '--offline', '/svclab/docs']);
    const excludes = z.array(z.string()).parse(chosen.folders[1]?.['rsync__exclude']);
    t.ok(
      excludes.includes('/node_modules/typescript/') && !excludes.includes('/node_modules/execa/'),
      'of the packages, those that a run needs',
    );
    t.notOk(excludes.includes('build/') || excludes.includes('node_modules/'));
  }
  t.match(load('libvirt', { SVCLAB_BOX_VERSION: '1.2' }).received().settings, { box: 'bento/ubuntu-24.04', box_version: '1.2' });
  t.match(load('libvirt', { SVCLAB_BOX: '', SVCLAB_VM_CPUS: '' }).received().settings, { box: 'bento/ubuntu-24.04' }, 'empty is unset');
});

t.test('what cannot be is refused in words, and nothing is loaded', { skip: missing && 'there is no ruby' }, async (t) => {
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['SVCLAB_VM_CPUS', '0', /from 1 to 64 \(processors\); without it, it is 2/],
    ['SVCLAB_VM_CPUS', '2 ', /a whole number/],
    ['SVCLAB_VM_CPUS', '1e1', /a whole number/],
    ['SVCLAB_VM_MEMORY', '512', /from 1024 to 262144 \(MiB\)/],
    ['SVCLAB_VM_MEMORY', '4G', /a whole number/],
    ['SVCLAB_VM_DRIVER', 'xen', /kvm or qemu/],
    ['SVCLAB_VM_PREBUILT', 'yes', /1, or nothing/],
    ['SVCLAB_VM_OFFLINE', '../x', /a folder in the project/],
    ['SVCLAB_VM_OFFLINE', '/etc', /a folder in the project/],
    ['SVCLAB_VM_OFFLINE', 'no-such-folder', /a folder in the project/],
    ['SVCLAB_VM_STEPS', 'tools; rm -rf /', /words separated by commas/],
  ];
  for (const [name, value, pattern] of wrong) {
    const { status, stderr } = load('libvirt', { [name]: value });
    t.equal(status, 1, `${name}=${value}`);
    t.match(stderr, pattern);
    t.ok(stderr.startsWith(`${name}=${value}: it takes `) && !stderr.includes('.rb:'), stderr);
  }
});

t.test('an option that a provider has not is seen', { skip: missing && 'there is no ruby' }, async (t) => {
  const folder = t.testdir();
  const text = readFileSync(join(root, 'Vagrantfile'), 'utf8');
  await writeFile(join(folder, 'Vagrantfile'), text.replace('virtualbox.memory =', 'virtualbox.memroy ='));
  await cp(join(root, 'package-lock.json'), join(folder, 'package-lock.json'));
  await mkdir(join(folder, 'scripts'));
  const { status, stderr } = load('virtualbox', {}, join(folder, 'Vagrantfile'));
  t.not(status, 0);
  t.match(stderr, /there is no setting 'memroy'/);
});

t.test('the mark of the provisioner is what a run looks for', async (t) => {
  const text = readFileSync(join(root, 'Vagrantfile'), 'utf8');
  t.match(text, `    ${setUpDigest} >/var/lib/svclab/set-up\n`);
});
