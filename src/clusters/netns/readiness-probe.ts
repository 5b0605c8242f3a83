import { setTimeout as delay } from 'node:timers/promises';
import { type Executor, succeeded } from '../../core/executor.js';
import type { Container, Pod } from '../../objects/kubernetes.js';

/** A container's readiness probe, with the defaults of the API server (pkg/apis/core/v1/defaults.go, SetDefaults_Probe, v1.31). */
export interface ReadinessProbe {
  readonly url: string;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** The HTTP readiness probes of a pod's containers; others are not honoured here, and a container without one is ready when it runs. */
export function readinessProbes(pod: Pod, address: string): readonly ReadinessProbe[] {
  return pod.spec.containers.flatMap((container) => {
    const { readinessProbe: probe } = container;
    const port = portOf(container, probe?.httpGet?.port);
    if (probe?.httpGet === undefined || port === undefined) return [];
    const path = probe.httpGet.path ?? '/';
    return [
      {
        url: `http://${address}:${port}${path.startsWith('/') ? path : `/${path}`}`,
        initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
        periodMs: (probe.periodSeconds ?? 10) * 1000,
        timeoutSeconds: probe.timeoutSeconds ?? 1,
        successThreshold: probe.successThreshold ?? 1,
        failureThreshold: probe.failureThreshold ?? 3,
      },
    ];
  });
}

export interface ProbeLoop {
  /** Asks, from the pod's node as kubelet does. Gives the HTTP status; undefined where there was no answer. */
  readonly ask: (url: string, timeoutSeconds: number) => Promise<number | undefined>;
  /** Told of the container's state when it changes, the first time when it becomes ready. */
  readonly changed: (ready: boolean) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Probes one container until the signal ends it, as kubelet's worker does (pkg/kubelet/prober/worker.go, v1.31): not ready to begin with. */
export async function probeReadiness(probe: ReadinessProbe, { ask, changed, signal }: ProbeLoop): Promise<void> {
  let ready = false;
  let last: boolean | undefined;
  let run = 0;
  if (!(await passed(probe.initialDelayMs, signal))) return;
  do {
    const status = await ask(probe.url, probe.timeoutSeconds);
    if (signal.aborted) return;
    // pkg/probe/http/http.go: any status from 200 to 399.
    const good = status !== undefined && status >= 200 && status < 400;
    run = good === last ? run + 1 : 1;
    last = good;
    if (good === ready || run < (good ? probe.successThreshold : probe.failureThreshold)) continue;
    ready = good;
    await changed(ready);
  } while (await passed(probe.periodMs, signal));
}

/** Asks with curl. */
export function askWith(executor: Executor, signal: AbortSignal): ProbeLoop['ask'] {
  return async (url, timeoutSeconds) => {
    const argv = [
      'curl',
      '-q',
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '--max-time',
      String(timeoutSeconds),
      '-A',
      'kube-probe/1.31',
      url,
    ];
    const result = await executor.run(argv, { signal, timeoutMs: timeoutSeconds * 1000 + 5_000 });
    return succeeded(result) ? Number(result.stdout) : undefined;
  };
}

function portOf({ ports = [] }: Container, port: number | string | undefined): number | undefined {
  return typeof port === 'number' ? port : ports.find(({ name }) => name !== undefined && name === port)?.containerPort;
}

/** Whether the time passed; not where the signal came first. */
async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false);
}
