import { EnvironmentError, type SvclabError, UnmetError } from '../../core/errors.js';
import type { CommandResult } from '../../core/executor.js';
import { shortened } from './shortened.js';

interface Fault {
  readonly sign: RegExp;
  readonly message: string;
  readonly hint: string;
  /** What the machine lacks, rather than what broke. */
  readonly lacking: boolean;
}

const emulate = 'SVCLAB_VM_DRIVER=qemu emulates instead: slow, and enough for the embedded cluster';

/** What Vagrant, its providers and rsync are known to say, the most telling first. */
const faults: readonly Fault[] = [
  {
    sign: /SVCLAB_[A-Z_]+=.*: it takes .*/,
    message: 'the VM cannot be made as the environment asks',
    hint: 'mend that variable, or unset it',
    lacking: true,
  },
  {
    sign: /VERR_(VMX|SVM|VM_DRIVER|NEM)\w*|VT-x is not available|AMD-V is not available|kernel driver not installed/i,
    message: 'VirtualBox cannot run a VM here: the processor lends it no help (VT-x, AMD-V)',
    hint: 'switch virtualisation on in the firmware; inside a VM, switch nested virtualisation on where that VM is made',
    lacking: true,
  },
  {
    sign: /domaintype=kvm|Could not access KVM|\/dev\/kvm|KVM is not available|kvm.*(not supported|no such)/i,
    message: 'this machine has no KVM: it lends its processor to no VM (inside a VM: no nested virtualisation)',
    hint: emulate,
    lacking: true,
  },
  {
    sign: /failed to set MSR|kvm_\w+: Assertion|kvm run failed|KVM internal error/i,
    message: 'this machine has a KVM that runs no VM (inside a VM: its nested virtualisation does not work)',
    hint: emulate,
    lacking: true,
  },
  {
    sign: /No usable default provider|provider '[^']*' could not be found|VirtualBox is complaining|could not detect VirtualBox|VirtualBox could not be (detected|found)|provider.*(is not usable|not installed)/i,
    message: 'Vagrant finds no program that runs VMs',
    hint: 'install VirtualBox, or libvirt: on Debian and Ubuntu, sudo apt-get install -y vagrant-libvirt libvirt-daemon-system qemu-system-x86',
    lacking: true,
  },
  {
    sign: /Error while connecting to Libvirt|virConnectOpen|Failed to connect socket to '[^']*libvirt/i,
    message: 'libvirt does not answer',
    hint: 'start it (sudo systemctl start libvirtd), and be a member of the group libvirt',
    lacking: true,
  },
  {
    sign: /not within the\s+allowed ranges/i,
    message: 'VirtualBox does not let a VM have the address 192.168.50.10',
    hint: "allow it: a line '* 192.168.50.0/24' in /etc/vbox/networks.conf",
    lacking: true,
  },
  {
    sign: /box '[^']*'.*could not be (found|accessed)|could not be found or\s+could not be accessed|An error occurred while downloading the remote file|no available version|box you're attempting to add|couldn't be located/i,
    message: "the VM's box is not here, and could not be fetched",
    hint: 'look at the network; without one, .ci/box makes a box for libvirt from Debian packages, and SVCLAB_BOX names it (docs/vm.md)',
    lacking: true,
  },
  {
    sign: /already taken\. Please try to run/i,
    message: 'libvirt has a VM of this name that this checkout did not make, and svclab leaves it alone',
    hint: 'see whose it is (virsh --connect qemu:///system list --all), or use a checkout in a folder of another name',
    lacking: false,
  },
  {
    sign: /machine because it is locked|another process is already executing/i,
    message: 'another vagrant is at work with this VM',
    hint: 'wait until it has ended, then type the same command again',
    lacking: false,
  },
  {
    sign: /No space left on device|Disk quota exceeded/i,
    message: 'a disk is full: here or in the VM',
    hint: "look at both: df -h, and vagrant ssh -c 'df -h'; in the VM, /var/tmp/svclab-* are the folders of runs that could not be brought back; vagrant destroy begins anew",
    lacking: false,
  },
  {
    sign: /Connection (timed out|refused|reset|closed)|timed out while waiting for the machine to boot|Host is down|No route to host|SSH (connection|is not)|Broken pipe|kex_exchange/i,
    message: 'the VM does not answer over ssh',
    hint: 'look at it: vagrant status, vagrant ssh; vagrant halt and the same command start it anew',
    lacking: false,
  },
];

/** Why a vagrant that was doing `what` failed, as a person can use it, with Vagrant's own last words. */
export function vagrantFault(what: string, { stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): SvclabError {
  const said = `${stderr}\n${stdout}`;
  const fault = faults.find(({ sign }) => sign.test(said));
  const last = lastWords(stderr) || lastWords(stdout) || 'nothing';
  if (fault === undefined) {
    return new EnvironmentError(`${what} failed; vagrant said: ${last}`, { hint: 'mend what it names, then type the same command again' });
  }
  const hint = `${fault.hint}\n  ${what} failed; vagrant said: ${last}`;
  return fault.lacking ? new UnmetError(fault.message, { hint }) : new EnvironmentError(fault.message, { hint });
}

/** Without the places in Vagrant's own program, which Ruby prints after what went wrong. */
function lastWords(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !/^from \S+:\d+:in /.test(line))
    .slice(-8)
    .map(shortened)
    .join('\n    ');
}
