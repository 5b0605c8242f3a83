import type { Cluster } from '../../src/core/cluster.js';
import { type CommandResult, succeeded } from '../../src/core/executor.js';
import type { BenchContext, Benchmark, Contestant } from '../benchmark.js';
import { applyPods, ask, createCluster, serviceAddress } from '../embedded/cluster.js';

/** How svclab sends a lab's requests, against how a student would in a loop. */
export const curl: Benchmark = {
  name: 'curl',
  what: 'one new connection from net-pod through the ClusterIP, out of many',
  unit: 'ms',
  rounds: 9,
  yardstick: 'one curl process for all',
  targets: [],
  async prepare(context) {
    const { signal } = context;
    const cluster = await createCluster(context);
    try {
      await applyPods(cluster, 6, signal);
      const address = await serviceAddress(cluster, signal);
      await ask(cluster, address, signal);
      return {
        contestants: [oneProcess(cluster, address, context), manyProcesses(cluster, address, context)],
        skipped: [],
        [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
      };
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  },
};

const options = [
  '--silent',
  '--max-time',
  '5',
  '--header',
  'Connection: close',
  '--output',
  '/dev/null',
  '--write-out',
  '%{http_code} %{num_connects}\\n',
];

function oneProcess(cluster: Cluster, address: string, { signal }: BenchContext): Contestant {
  const times = 300;
  const name = 'one curl process for all';
  // --output holds for one URL alone, so each has its own.
  const input = `url = "http://${address}/"\noutput = "/dev/null"\n`.repeat(times);
  const argv = ['curl', ...options.filter((option) => option !== '--output' && option !== '/dev/null'), '--config', '-'];
  return {
    name,
    sample: async () => ({ [name]: perConnection(await cluster.executor('pod/default/net-pod').run(argv, { signal, input }), times) }),
  };
}

function manyProcesses(cluster: Cluster, address: string, { signal }: BenchContext): Contestant {
  const times = 30;
  const name = 'one curl process each';
  const argv = ['sh', '-c', `i=0; while [ $i -lt ${times} ]; do curl "$@"; i=$((i+1)); done`, 'sh', ...options, `http://${address}/`];
  return {
    name,
    sample: async () => ({ [name]: perConnection(await cluster.executor('pod/default/net-pod').run(argv, { signal }), times) }),
  };
}

/** The command's own time in the sandbox, shared out. @throws Error unless every request was answered over a connection of its own. */
function perConnection(result: CommandResult, times: number): number {
  const answered = result.stdout.split('\n').filter((line) => line === '200 1').length;
  if (!succeeded(result) || answered !== times)
    throw new Error(`${answered} of ${times} requests were answered: ${result.stderr.trim() || result.ended}`);
  return result.durationMs / times;
}
