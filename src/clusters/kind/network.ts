import type Docker from 'dockerode';

/** What kind calls the network of its nodes, unless $KIND_EXPERIMENTAL_DOCKER_NETWORK says otherwise. */
export const networkName = 'kind';

export async function networkExists(docker: Docker): Promise<boolean> {
  return (await find(docker)) !== undefined;
}

/** Removes the nodes' network when no container is on it, be it stopped. kind itself never does, and makes it again when it is needed. */
export async function removeUnusedNetwork(docker: Docker): Promise<void> {
  const network = await find(docker);
  if (network === undefined) return;
  // A container that was never started has the network's name, and not yet its id.
  const users = await docker.listContainers({ all: true, filters: { network: [network.Id, networkName] } });
  if (users.length === 0) await docker.getNetwork(network.Id).remove();
}

async function find(docker: Docker): Promise<Docker.NetworkInspectInfo | undefined> {
  const found = await docker.listNetworks({ filters: { name: [networkName] } });
  return found.find(({ Name }) => Name === networkName);
}
