import type Docker from 'dockerode';

/** A node's container. */
export interface NodeContainer {
  readonly name: string;
  readonly id: string;
  /** Docker's word: `created`, `running`, `exited`, ... */
  readonly state: string;
  /** On the network `kind`; empty while it does not run. */
  readonly address: string;
  /** Seconds since the epoch, by the engine's clock. */
  readonly created: number;
}

/** kind's own label (kind `pkg/cluster/internal/providers/docker/constants.go`, `clusterLabelKey`). */
const clusterLabel = 'io.x-k8s.kind.cluster';

/** The containers of a cluster's nodes, those that have ended too, sorted by name. */
export async function nodeContainers(docker: Docker, cluster: string): Promise<readonly NodeContainer[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [`${clusterLabel}=${cluster}`] } });
  return found.map(nodeContainer).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** The names of all clusters of kind's on this engine. */
export async function clusterNames(docker: Docker): Promise<readonly string[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [clusterLabel] } });
  return [...new Set(found.map((container) => container.Labels[clusterLabel] ?? ''))].sort();
}

/** Removes a container with its anonymous volumes, be it running; one that is not there, or is being removed by somebody else, is no error. */
export async function removeContainer(docker: Docker, container: string): Promise<void> {
  await docker
    .getContainer(container)
    .remove({ force: true, v: true })
    .catch((error: { readonly statusCode?: number }) => {
      if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
    });
}

function nodeContainer(info: Docker.ContainerInfo): NodeContainer {
  const [network] = Object.values(info.NetworkSettings.Networks);
  return {
    name: info.Names[0]?.replace(/^\//, '') ?? '',
    id: info.Id,
    state: info.State,
    address: network?.IPAddress ?? '',
    created: info.Created,
  };
}
