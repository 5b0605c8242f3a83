import { EnvironmentError } from '../../core/errors.js';
import { succeeded } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import type { Machine } from './machine.js';
import { removeUnusedNetwork } from './network.js';
import { nodeContainers } from './nodes.js';
import { readRecord, removeRecord } from './record.js';
import { removeSidecars } from './sidecars.js';

/**
 * Ends a cluster with its sidecars, its record, and the nodes' network where svclab's creation brought that about; what is not there is no error.
 * @throws EnvironmentError when nodes are still there afterwards.
 */
export async function end({ local, docker, programs }: Machine, name: string): Promise<void> {
  const record = await readRecord(docker, name);
  await removeSidecars(docker, name);
  await waitFor(
    `the end of the cluster ${name}`,
    async () => {
      // kind touches the user's own kubeconfig unless it is told otherwise.
      const deleted = await local.run([programs.kind, 'delete', 'cluster', '--name', name, '--kubeconfig', '/dev/null'], {
        timeoutMs: 120_000,
      });
      const left = await nodeContainers(docker, name);
      if (left.length === 0) return true;
      throw new EnvironmentError(
        `${left.map((node) => node.name).join(', ')}: ${succeeded(deleted) ? 'still there' : deleted.stderr.trim()}`,
      );
    },
    { intervalMs: 200, timeoutMs: 60_000 },
  );
  await removeRecord(docker, name);
  if (record?.network) await removeUnusedNetwork(docker);
}
