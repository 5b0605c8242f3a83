import type { Finding } from '../../../core/cluster.js';
import type { EngineFacts } from './engine.js';

/** What `svclab images build` makes and a lab needs: the nodes, and the workloads. */
const localImages = ['svclab/node:v1.31.0', 'traefik/whoami:latest', 'nicolaka/netshoot:latest'];

/** kind's nodes run on both; without root only on the second (https://kind.sigs.k8s.io/docs/user/rootless/). */
export function cgroupFinding({ cgroupVersion, rootless }: EngineFacts): Finding {
  const what = 'cgroups';
  if (!rootless || cgroupVersion === '2') return { what, ok: true, detail: `version ${cgroupVersion}` };
  return {
    what,
    ok: false,
    detail: 'version 1, and the engine runs without root: kind needs version 2 for that',
    hint: "start the machine with 'systemd.unified_cgroup_hierarchy=1' on its kernel's command line, or use an engine that runs as root",
  };
}

/** Missing images are no hindrance where a registry is reachable, which is not tried here. */
export function imagesFinding({ images }: EngineFacts): Finding {
  const missing = localImages.filter((name) => !images.includes(name));
  if (missing.length === 0) return { what: 'images', ok: true, detail: 'all are there: no registry is needed' };
  return {
    what: 'images',
    ok: true,
    detail: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not there: a registry will be asked`,
    hint: "where no registry is reachable: 'svclab images build' makes them all, 'svclab images load FILE' takes them from an archive",
  };
}
