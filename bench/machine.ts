import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGB: number;
  readonly kernel: string;
  readonly node: string;
  /** Over the last 1, 5 and 15 minutes. */
  readonly loadAverage: readonly number[];
  /** 0 to 1: how busy all cores together were while nothing of ours ran. */
  readonly busy: number;
  /** Node reads this file of certificates whenever it starts, which takes it tens of milliseconds more. */
  readonly extraCertificates: string | undefined;
}

/** Looks at the machine for half a second, in which the bench itself does nothing. */
export async function lookAtMachine(node: string, env: NodeJS.ProcessEnv): Promise<Machine> {
  const before = readFileSync('/proc/stat', 'utf8');
  await delay(500);
  const busy = busyShare(before, readFileSync('/proc/stat', 'utf8'));
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node,
    loadAverage: loadavg(),
    busy,
    extraCertificates: env['NODE_EXTRA_CA_CERTS'],
  };
}

/** Above this the figures say more about the neighbours than about the program. */
const idleShare = 0.1;

export function warnings(machine: Machine): readonly string[] {
  const load = machine.loadAverage[0] ?? 0;
  return [
    ...(machine.cores < 2 ? ['the targets are for two cores, and this machine has one'] : []),
    ...(machine.busy > idleShare
      ? [
          `the machine is not idle: its cores are ${Math.round(machine.busy * 100)} % busy with other work, so ratios are rough and times too long`,
        ]
      : []),
    ...(machine.busy <= idleShare && load > machine.cores / 2
      ? [`the load average of the last minute was ${load.toFixed(2)} on ${machine.cores} cores: the machine was busy until just now`]
      : []),
    ...(machine.extraCertificates
      ? ['NODE_EXTRA_CA_CERTS is set: every start of Node, which is most of the short times here, takes longer by tens of milliseconds']
      : []),
  ];
}

/** From two readings of /proc/stat (proc_stat(5)): the first line counts jiffies, of which the fourth and fifth columns are idle time. */
export function busyShare(before: string, after: string): number {
  const [idleBefore, totalBefore] = jiffies(before);
  const [idleAfter, totalAfter] = jiffies(after);
  const total = totalAfter - totalBefore;
  return total <= 0 ? 0 : 1 - (idleAfter - idleBefore) / total;
}

function jiffies(stat: string): readonly [idle: number, total: number] {
  // Guest time, columns nine and ten, is counted in user and nice already.
  const columns = (stat.split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map(Number);
  return [(columns[3] ?? 0) + (columns[4] ?? 0), columns.reduce((sum, column) => sum + column, 0)];
}
