import t from 'tap';
import { waitFor } from '../../core/wait.js';
import { clusterIpManifests, never, output, startCluster } from './testing/course-cluster.js';

t.test('whoever is connected to a pod that ends hears of it', async (t) => {
  await using cluster = await startCluster();
  await cluster.apply(clusterIpManifests, never);
  const [address = ''] = (await output(cluster, 'pod/default/webpod1', 'hostname', '-I')).trim().split(' ');
  const executor = cluster.executor('pod/default/net-pod');
  // It would be answered after a minute, and be given up after thirty seconds.
  const asked = executor.run(['curl', '-q', '-s', '--max-time', '30', `http://${address}/?wait=60s`], { signal: never, timeoutMs: 60_000 });
  const connected = async () =>
    (await output(cluster, 'pod/default/webpod1', 'ss', '-Htn', 'state', 'established', 'sport', '=', ':80')) !== '' || undefined;
  await waitFor('the connection', connected, { intervalMs: 10, timeoutMs: 20_000, signal: never });
  await cluster.delete({ kind: 'Pod', namespace: 'default', name: 'webpod1' }, never);
  const { exitCode } = await asked;
  // curl(1): 52 nothing was answered, 56 the connection was reset; 28 would be its patience.
  t.ok(exitCode === 52 || exitCode === 56, `curl ended with ${exitCode}`);
});
