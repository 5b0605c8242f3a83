import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { runThere } from '../testing/run-in-vm.js';
import { type VmBehaviour, vagrantStandIns } from '../testing/vagrant-stand-ins.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(900_000);

t.test('each fault is told in words, with what to do, and its exit code', async (t) => {
  const faults: readonly (readonly [VmBehaviour, number, ...RegExp[]])[] = [
    [
      { fails: { status: 'No usable default provider could be found for your system.' } },
      3,
      /finds no program that runs VMs/,
      /install VirtualBox, or libvirt/,
    ],
    [
      { fails: { status: 'Error while connecting to Libvirt: Call to virConnectOpen failed: Failed to connect socket' } },
      3,
      /libvirt does not answer/,
    ],
    [{ fails: { status: 'SVCLAB_VM_CPUS=0: it takes a whole number from 1 to 64 (processors).' } }, 3, /SVCLAB_VM_CPUS=0/],
    [
      {
        state: 'not_created',
        fails: { up: "The box 'bento/ubuntu-24.04' could not be found or\ncould not be accessed in the remote catalog." },
      },
      3,
      /box is not here/,
      /\.ci\/box/,
    ],
    [
      { state: 'not_created', fails: { up: 'Call to virDomainCreateWithFlags failed: Could not access KVM kernel module' } },
      3,
      /no KVM/,
      /SVCLAB_VM_DRIVER=qemu/,
    ],
    [
      {
        state: 'not_created',
        fails: {
          up: [
            "/usr/lib/ruby/fog/libvirt/vm_action.rb:7:in `create': Call to virDomainCreateWithFlags failed: qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69 (Libvirt::Error)",
            "qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret == cpu->kvm_msr_buf->nmsrs' failed.",
            ...Array.from({ length: 30 }, (_, i) => `\tfrom /usr/share/vagrant/action/warden.rb:${i}:in \`call'`),
          ].join('\n'),
        },
      },
      3,
      /a KVM that runs no VM/,
      /SVCLAB_VM_DRIVER=qemu/,
      /vagrant said: .*failed to set MSR[\s\S]*nmsrs' failed\.\n/,
    ],
    [{ state: 'not_created', fails: { up: 'VBoxManage: error: VT-x is not available (VERR_VMX_NO_VMX)' } }, 3, /nested virtualisation/],
    [{ state: 'not_created', fails: { up: 'is not within the\nallowed ranges. Please update the address' } }, 3, /networks\.conf/],
    [
      { state: 'not_created', fails: { up: 'Name `checkout_svclab` of domain about to create is already taken. Please try to run' } },
      4,
      /this checkout did not make/,
    ],
    [
      {
        fails: {
          rsync: `Command: "rsync" ${'"--exclude" "/x/" '.repeat(500)}\nrsync: write failed on "/svclab/x": No space left on device (28)`,
        },
      },
      4,
      /disk is full/,
      /vagrant destroy/,
      /vagrant said: Command: "rsync" .{100,300} \.\.\.\s+rsync: write failed/,
    ],
    [{ fails: { rsync: 'ssh: connect to host 192.168.121.3 port 22: No route to host' } }, 4, /does not answer over ssh/],
    [{ setUp: false, fails: { provision: 'init_cfg.sh: kubectl: the digest does not match' } }, 4, /the digest does not match/],
    [
      { fails: { status: "Vagrant can't use the requested machine because it is locked! This\nmeans that" } },
      4,
      /another vagrant is at work/,
    ],
    [{ fails: { status: 'something new' } }, 4, /vagrant status failed; vagrant said: something new/],
    [{ sshLost: 'always' }, 4, /connection to the VM was lost.*No route to host/],
    [{ sshLost: 'in-the-lab' }, 4, /connection to the VM was lost: Timeout, server/, /lies in the VM, in \/var\/tmp\/svclab-runs-/],
    [{ tarFails: true }, 4, /could not be brought back.*Input\/output error/, /it lies there still, in \/var\/tmp\/svclab-runs-/],
  ];
  for (const [behaviour, code, ...patterns] of faults) {
    const there = await vagrantStandIns(t, behaviour);
    const ended = await runThere(there);
    t.equal(ended.code, code, ended.err);
    for (const pattern of patterns) t.match(ended.err, pattern);
    t.notMatch(ended.err, /\n\s+at |itself failed/);
    const folders = existsSync(there.out) ? await readdir(there.out) : [];
    t.same(folders, [], 'no half of a folder');
    t.equal((await there.left()).length, behaviour.tarFails ? 1 : 0, 'what could not be brought back is still there');
    t.notOk(existsSync(join(there.root, '.vagrant', 'svclab-run.lock')));
  }
});

t.test('no vagrant, and no ssh', async (t) => {
  const none = await vagrantStandIns(t, {}, { programs: [], alone: true });
  t.match(await runThere(none), { code: 3, err: /vagrant is not there\n.*apt-get install -y vagrant vagrant-libvirt/ });
  const half = await vagrantStandIns(t, {}, { programs: ['vagrant'], alone: true });
  t.match(await runThere(half), { code: 3, err: /ssh is not there\n.*openssh-client/ });
});
