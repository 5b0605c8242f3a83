import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** From outside it is /proc/PID/root/run/svclab/enter, PID being the holder's: it is there for as long as the cluster is. */
const file = '/run/svclab/enter';

/** Numbers of system calls (syscalls(2)), for which perl has no names of its own; the second are those of every newer architecture. */
const numbers: Readonly<Record<string, string>> = {
  x64: 'setns => 308, capget => 125, capset => 126, prctl => 157',
  arm64: 'setns => 268, capget => 90, capset => 91, prctl => 167',
  riscv64: 'setns => 268, capget => 90, capset => 91, prctl => 167',
};

/**
 * Leaves a program in the sandbox that enters it. nsenter(1) cannot do that for an ordinary user before util-linux 2.40: whatever it starts has
 * lost its capabilities over the sandbox, unless they were made ambient (capabilities(7)). It has to be a program of a single thread (setns(2),
 * user namespaces), which Node is not; perl is on every Debian and Ubuntu.
 */
export function leaveEntrance(path: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, script(path));
}

function script(path: string): string {
  const known = numbers[process.arch];
  if (known === undefined) return `die "the numbers of the system calls of ${process.arch} are not known here\\n";\n`;
  return `# Runs a command (bash unless said) in a node, or in any namespace that 'ip netns list' shows there:
#   perl /proc/PID/root${file} NAME [COMMAND...]
use strict;
use warnings;
use constant { ${known} };
use constant { CAP_AMBIENT => 47, CAP_AMBIENT_RAISE => 2, CAP_VERSION_3 => 0x20080522 };

my ($holder) = $0 =~ m{^/proc/(\\d+)/root/} or die "run it as perl /proc/PID/root${file} NAME\\n";
my ($name, @command) = @ARGV or die "name a node\\n";
my @namespaces;
for my $kind (qw(user mnt pid uts ipc net)) {
  next if (readlink("/proc/self/ns/$kind") // '') eq (readlink("/proc/$holder/ns/$kind") // '');
  open my $handle, '<', "/proc/$holder/ns/$kind" or die "$kind namespace: $!\\n";
  push @namespaces, $handle;
}
for (@namespaces) { syscall(setns, fileno($_) + 0, 0) == 0 or die "setns: $!\\n" }
my ($head, $sets) = (pack('Ll', CAP_VERSION_3, 0), "\\0" x 24);
syscall(capget, $head, $sets) == 0 or die "capget: $!\\n";
my @sets = unpack 'L6', $sets;
# Effective, permitted, inheritable, twice 32 bits of each: what is permitted becomes inheritable.
@sets[2, 5] = @sets[1, 4];
$sets = pack 'L6', @sets;
syscall(capset, $head, $sets) == 0 or die "capset: $!\\n";
for my $capability (0 .. 63) {
  syscall(prctl, CAP_AMBIENT, CAP_AMBIENT_RAISE, $capability, 0, 0) if ($sets[1 + 3 * int($capability / 32)] >> ($capability % 32)) & 1;
}
$ENV{PATH} = '${path.replaceAll(/[\\']/g, '\\$&')}';
# The PID namespace is the child's.
defined(my $child = fork) or die "fork: $!\\n";
if ($child == 0) { exec 'ip', 'netns', 'exec', $name, @command ? @command : 'bash' or die "ip: $!\\n" }
$SIG{INT} = $SIG{QUIT} = 'IGNORE';
waitpid $child, 0;
exit($? & 127 ? 128 + ($? & 127) : $? >> 8);
`;
}
