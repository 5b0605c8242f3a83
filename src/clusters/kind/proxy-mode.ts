import { parseDocument } from 'yaml';
import type { ProxyMode } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { isRecord, textOf } from '../../objects/source/pick.js';
import type { Tools } from './tools.js';

/** What kube-proxy's ConfigMap says; an empty mode is `iptables`, kube-proxy's default. */
export async function configuredMode(tools: Pick<Tools, 'kubectl'>, signal: AbortSignal): Promise<string> {
  const mode = parseDocument(await configuration(tools, signal)).get('mode');
  return typeof mode === 'string' && mode !== '' ? mode : 'iptables';
}

/**
 * Has kube-proxy work in another mode: its ConfigMap is changed and its pods are deleted, all at once; the daemon set makes them anew. At its start kube-proxy takes the
 * rules of the mode before away by itself (v1.31.0, cmd/kube-proxy/app/server_linux.go, platformCleanup). Returns when the old pods are gone.
 */
export async function changeMode(tools: Pick<Tools, 'kubectl'>, mode: ProxyMode, signal: AbortSignal): Promise<void> {
  const document = parseDocument(await configuration(tools, signal));
  document.set('mode', mode);
  const patch = JSON.stringify({ data: { [configFile]: document.toString() } });
  await tools.kubectl(['patch', 'configmap', 'kube-proxy', ...inSystem, '--type', 'merge', '--patch', patch], { signal });
  await tools.kubectl(['delete', 'pods', '--selector', 'k8s-app=kube-proxy', ...inSystem, '--wait', '--timeout', '60s'], {
    signal,
    timeoutMs: 70_000,
  });
}

/** Until a pod of kube-proxy is Ready on every node. */
export async function rolledOut(tools: Pick<Tools, 'kubectl'>, signal: AbortSignal): Promise<void> {
  await tools.kubectl(['rollout', 'status', 'daemonset/kube-proxy', ...inSystem, '--timeout', '90s'], { signal, timeoutMs: 100_000 });
}

const inSystem = ['--namespace', 'kube-system'] as const;
/** kubeadm's key. */
const configFile = 'config.conf';

/** @throws EnvironmentError where kube-proxy was not set up by kubeadm. */
async function configuration(tools: Pick<Tools, 'kubectl'>, signal: AbortSignal): Promise<string> {
  const map: unknown = JSON.parse(await tools.kubectl(['get', 'configmap', 'kube-proxy', ...inSystem, '--output', 'json'], { signal }));
  const data = isRecord(map) && isRecord(map['data']) ? map['data'] : {};
  const text = textOf(data[configFile]);
  if (text === undefined) throw new EnvironmentError(`the ConfigMap kube-proxy has no ${configFile}`);
  return text;
}
