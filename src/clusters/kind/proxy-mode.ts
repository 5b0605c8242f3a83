import { parseDocument } from 'yaml';
import type { ProxyMode } from '../../core/cluster.js';
import { EnvironmentError, UnmetError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { fieldsOf, textOf } from '../../objects/source/pick.js';
import type { Tools } from './tools.js';

/** What kube-proxy's ConfigMap says; an empty mode is `iptables`, kube-proxy's default. */
export async function configuredMode(tools: Pick<Tools, 'api'>, signal: AbortSignal): Promise<string> {
  const mode = parseDocument(await configuration(tools, signal)).get('mode');
  return typeof mode === 'string' && mode !== '' ? mode : 'iptables';
}

/**
 * Has kube-proxy work in another mode: its ConfigMap is changed and its pods are deleted, all at once; the daemon set makes them anew. At its start kube-proxy takes the
 * rules of the mode before away by itself, but for those between iptables and ipvs mode, which `cleanUp` is for (v1.31.0, cmd/kube-proxy/app/server_linux.go,
 * platformCleanup). Returns when the old pods are gone.
 */
export async function changeMode(tools: Pick<Tools, 'api' | 'kubectl'>, mode: ProxyMode, signal: AbortSignal): Promise<void> {
  const document = parseDocument(await configuration(tools, signal));
  document.set('mode', mode);
  const patch = JSON.stringify({ data: { [configFile]: document.toString() } });
  await tools.kubectl(['patch', 'configmap', 'kube-proxy', ...inSystem, '--type', 'merge', '--patch', patch], { signal });
  await tools.kubectl(['delete', 'pods', '--selector', 'k8s-app=kube-proxy', ...inSystem, '--wait', '--timeout', '60s'], {
    signal,
    timeoutMs: 70_000,
  });
}

/**
 * Has every kube-proxy take away what it and its predecessors have written: between iptables and ipvs mode it leaves the other's alone at its start. One that finds
 * nothing to take away may fail at that, which is of no matter: what is left is looked at afterwards.
 */
export async function cleanUp(tools: Pick<Tools, 'kubectl'>, signal: AbortSignal): Promise<void> {
  const pods = await tools.kubectl(['get', 'pods', '--selector', 'k8s-app=kube-proxy', ...inSystem, '--output', 'name'], { signal });
  await Promise.all(
    pods
      .split('\n')
      .filter((pod) => pod !== '')
      .map((pod) =>
        tools.kubectl(['exec', pod, ...inSystem, '--', 'kube-proxy', '--cleanup'], { signal }).catch((error: unknown) => {
          if (!(error instanceof EnvironmentError) || signal.aborted) throw error;
        }),
      ),
  );
}

/** @param machine a node's own programs. @throws UnmetError where its kernel has no ip_vs: kube-proxy would end at once, and again and again. */
export async function requireIpvs(machine: Executor, signal: AbortSignal): Promise<void> {
  const there = await machine.run(['cat', '/proc/net/ip_vs'], { signal });
  if (succeeded(there) || succeeded(await machine.run(['modprobe', '--dry-run', 'ip_vs'], { signal }))) return;
  throw new UnmetError('proxy mode ipvs: the kernel has no ip_vs', {
    hint: "load it with 'sudo modprobe ip_vs' on the machine that runs the engine",
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
async function configuration(tools: Pick<Tools, 'api'>, signal: AbortSignal): Promise<string> {
  const map = fieldsOf(await tools.api.get('/api/v1/namespaces/kube-system/configmaps/kube-proxy', signal));
  const text = textOf(fieldsOf(map['data'])[configFile]);
  if (text === undefined) throw new EnvironmentError(`the ConfigMap kube-proxy has no ${configFile}`);
  return text;
}
