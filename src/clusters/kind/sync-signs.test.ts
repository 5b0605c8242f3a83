import t from 'tap';
import { readSyncSigns } from './sync-signs.js';

/** As kube-proxy v1.31.0 writes it. */
const metrics = (over: Readonly<Record<string, string>> = {}): string => {
  const values = {
    endpoint_changes_pending: '0',
    endpoint_changes_total: '14',
    last_queued_timestamp_seconds: '1.7326548e+09',
    last_timestamp_seconds: '1.7326548015e+09',
    service_changes_pending: '0',
    ...over,
  };
  const lines = Object.entries(values).flatMap(([name, value]) => [
    `# TYPE kubeproxy_sync_proxy_rules_${name} gauge`,
    `kubeproxy_sync_proxy_rules_${name} ${value}`,
  ]);
  return ['go_goroutines 68', 'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="0.001"} 0', ...lines, ''].join('\n');
};

t.test('nothing is due where the last sync ended after it was asked for', async (t) => {
  t.same(readSyncSigns(metrics()), { pending: false, text: '1.7326548e+09 1.7326548015e+09' });
});

t.test('a sync is due that was asked for since, or that a change waits for', async (t) => {
  t.match(readSyncSigns(metrics({ last_queued_timestamp_seconds: '1.732654802e+09' })), { pending: true });
  t.match(readSyncSigns(metrics({ endpoint_changes_pending: '2' })), { pending: true });
  t.match(readSyncSigns(metrics({ service_changes_pending: '1' })), { pending: true });
});

t.test('a kube-proxy that has not synced, or another program, tells nothing', async (t) => {
  t.equal(readSyncSigns(metrics({ last_timestamp_seconds: '0' })), undefined);
  t.equal(readSyncSigns('go_goroutines 68\n'), undefined);
});
