import { readFile } from 'node:fs/promises';
import type { Finding } from '../../core/cluster.js';
import { type CommandResult, type Executor, succeeded } from '../../core/executor.js';
import { localExecutor } from '../../exec/local.js';
import type { NetnsOptions } from './options.js';

/** A rule with every match and target that kube-proxy's rules of the labs need; loading it shows whether the kernel has them. */
const kernelProbe = `*nat
-A OUTPUT -d 10.0.0.1/32 -p tcp -m comment --comment probe -m tcp --dport 1 -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.0.0.2:1
-A OUTPUT -m recent --rcheck --seconds 1 --reap --name svclab --rsource -j RETURN
-A OUTPUT -m addrtype --dst-type LOCAL -j RETURN
-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully
COMMIT
*filter
-A FORWARD -m conntrack --ctstate INVALID -j DROP
-A FORWARD -j REJECT
COMMIT
`;

/** The machine, held against what the embedded cluster needs. */
export async function findings(options: NetnsOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const path = [options.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(':');
  const local = localExecutor({ PATH: path, LC_ALL: 'C' });
  const commands = options.tools.flatMap((tool) => tool.commands.map((command) => ({ command, package: tool.package })));
  const found = await Promise.all(commands.map((tool) => toolFinding(local, tool.command, tool.package, signal)));
  const sandbox = await sandboxFinding(local, options, signal);
  return [...found, sandbox, ...(sandbox.ok ? [await kernelFinding(local, options, signal)] : [])];
}

function inSandbox(options: NetnsOptions, argv: readonly string[]): readonly string[] {
  const user = options.root ? [] : ['--user', '--map-current-user', '--keep-caps'];
  return ['unshare', ...user, '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc', '--', ...argv];
}

async function toolFinding(local: Executor, command: string, debianPackage: string, signal: AbortSignal): Promise<Finding> {
  const result = await local.run(['sh', '-c', 'command -v "$1"', 'sh', command], { signal });
  if (succeeded(result)) return { what: command, ok: true, detail: firstLine(result) };
  return { what: command, ok: false, detail: 'not found', hint: `sudo apt-get install ${debianPackage}` };
}

async function sandboxFinding(local: Executor, options: NetnsOptions, signal: AbortSignal): Promise<Finding> {
  const what = options.root ? 'namespaces' : 'namespaces without root';
  const result = await local.run(inSandbox(options, ['ip', 'link', 'add', 'probe', 'type', 'veth']), { signal });
  if (succeeded(result)) return { what, ok: true, detail: 'network, mount, PID, UTS and IPC namespaces can be made' };
  return { what, ok: false, detail: firstLine(result), hint: await sandboxHint(options) };
}

/** Why a user namespace was refused, as far as the system tells. */
export async function sandboxHint(options: NetnsOptions): Promise<string> {
  if (options.root) return 'root lacks CAP_SYS_ADMIN here: inside a container, start it with --privileged';
  const setting = async (file: string): Promise<string> => (await readFile(`/proc/sys/${file}`, 'utf8').catch(() => '')).trim();
  if ((await setting('kernel/apparmor_restrict_unprivileged_userns')) === '1') {
    return "AppArmor forbids it (Ubuntu 24.04's default): run svclab with sudo, or allow it with 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0'";
  }
  if ((await setting('kernel/unprivileged_userns_clone')) === '0') {
    return "the kernel forbids it: run svclab with sudo, or allow it with 'sudo sysctl kernel.unprivileged_userns_clone=1'";
  }
  if ((await setting('user/max_user_namespaces')) === '0')
    return "user.max_user_namespaces is 0: run svclab with sudo, or raise it with 'sudo sysctl user.max_user_namespaces=10000'";
  return 'run svclab with sudo';
}

async function kernelFinding(local: Executor, options: NetnsOptions, signal: AbortSignal): Promise<Finding> {
  const result = await local.run(inSandbox(options, ['iptables-nft-restore']), { signal, input: kernelProbe });
  if (succeeded(result))
    return {
      what: 'kernel',
      ok: true,
      detail: 'has the matches and targets of kube-proxy: statistic, recent, addrtype, conntrack, DNAT, MASQUERADE',
    };
  return {
    what: 'kernel',
    ok: false,
    detail: firstLine(result),
    hint: 'load what is missing with modprobe: xt_statistic xt_recent xt_addrtype xt_conntrack xt_nat xt_MASQUERADE xt_comment xt_mark',
  };
}

function firstLine(result: CommandResult): string {
  return `${result.stdout}${result.stderr}`.split('\n')[0]?.trim() || result.ended;
}
