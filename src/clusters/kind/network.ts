import { isIP } from 'node:net';
import type Docker from 'dockerode';
import { EnvironmentError } from '../../core/errors.js';

/** What kind calls the network of its nodes, unless $KIND_EXPERIMENTAL_DOCKER_NETWORK says otherwise. */
export const networkName = 'kind';

export async function networkExists(docker: Docker): Promise<boolean> {
  return (await find(docker)) !== undefined;
}

/** The network's IPv4 range, and the address that its bridge has in it. @throws EnvironmentError where it has none. */
export async function networkRange(docker: Docker): Promise<{ readonly subnet: string; readonly gateway: string }> {
  const configs = (await find(docker))?.IPAM?.Config ?? [];
  const range = configs.find(({ Subnet }) => isIP(Subnet?.split('/')[0] ?? '') === 4);
  const { Subnet: subnet, Gateway: gateway } = range ?? {};
  if (subnet === undefined || gateway === undefined)
    throw new EnvironmentError(`the network ${networkName} has no IPv4 range, or no gateway`);
  // Some engines write its prefix behind it.
  return { subnet, gateway: gateway.split('/')[0] ?? '' };
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
