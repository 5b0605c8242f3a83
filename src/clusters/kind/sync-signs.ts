import { type Executor, succeeded } from '../../core/executor.js';

/** What a node's kube-proxy says of its own work. Two equal readings without anything pending: no sync came between them, and none is due. */
export interface SyncSigns {
  /** A sync was asked for after the last one ended: a change waits for its turn (`minSyncPeriod`). */
  readonly pending: boolean;
  /** When a sync was last asked for, and when the last one ended, as kube-proxy writes them. */
  readonly text: string;
}

/**
 * Asks kube-proxy's own port for this (KubeProxyConfiguration v1alpha1, metricsBindAddress). The shell asks by itself: curl takes four times as long to
 * start as the answer takes.
 */
const question =
  "exec 3<>/dev/tcp/127.0.0.1/10249 && printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3 && grep '^kubeproxy_sync_proxy_rules_' <&3";
const patienceMs = 5_000;

/** When the last sync was asked for and when one last ended, seconds since 1970; and the changes that no sync has taken up (v1.31.0, pkg/proxy/metrics/metrics.go). */
const queued = 'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds';
const ended = 'kubeproxy_sync_proxy_rules_last_timestamp_seconds';
const waiting = ['kubeproxy_sync_proxy_rules_endpoint_changes_pending', 'kubeproxy_sync_proxy_rules_service_changes_pending'];

/** @returns undefined where kube-proxy does not tell: its configuration may have it listen elsewhere, or it is being started. */
export async function syncSigns(besideNode: Executor, signal: AbortSignal): Promise<SyncSigns | undefined> {
  const result = await besideNode.run(['bash', '-c', question], { signal, timeoutMs: patienceMs });
  return succeeded(result) ? readSyncSigns(result.stdout) : undefined;
}

/** @param text in Prometheus' text format. */
export function readSyncSigns(text: string): SyncSigns | undefined {
  const values = new Map([...text.matchAll(/^([a-z_]+) (\S+)$/gm)].map(([, name = '', value = '']) => [name, value]));
  const [asked, done] = [values.get(queued), values.get(ended)];
  // Of a kube-proxy that has not synced yet both are 0.
  if (asked === undefined || done === undefined || Number(done) === 0) return undefined;
  const changes = waiting.some((name) => Number(values.get(name) ?? 0) > 0);
  return { pending: changes || Number(asked) > Number(done), text: `${asked} ${done}` };
}
