import { isIPv4 } from 'node:net';
import { type Cidr, numberToIp, parseCidr } from '../objects/cidr.js';
import { isCidr } from '../objects/kube-names.js';
import { valueAt } from '../objects/source/issues.js';
import type { ProblemList } from '../objects/source/problems.js';

/** kubeadm's default `node-cidr-mask-size-ipv4`: every node gets a /24 of the pod range. */
const nodePrefix = 24;
/** kubeadm refuses service ranges of more than 20 bits, or fewer than ten addresses (`cmd/kubeadm/app/apis/kubeadm/validation`). */
const widestServicePrefix = 12;
const narrowestServicePrefix = 28;

/** The two ranges: well-formed, apart from each other, and wide enough. */
export function checkSubnets(list: ProblemList, networking: Readonly<Record<string, unknown>>, nodes: number): void {
  const pods = subnet(list, 'podSubnet', networking.podSubnet);
  const services = subnet(list, 'serviceSubnet', networking.serviceSubnet);
  if (pods !== undefined && 2 ** (nodePrefix - pods.prefix) < nodes) {
    list.add(['networking', 'podSubnet'], {
      message:
        pods.prefix > nodePrefix
          ? `a /${pods.prefix} has no room for a node's pod range, a /${nodePrefix}`
          : `a /${pods.prefix} has room for ${2 ** (nodePrefix - pods.prefix)} pod ranges of /${nodePrefix}, and there are ${nodes} nodes`,
      expected: `a /${nodePrefix - Math.ceil(Math.log2(nodes))} or wider`,
    });
  }
  if (services !== undefined && (services.prefix < widestServicePrefix || services.prefix > narrowestServicePrefix)) {
    list.add(['networking', 'serviceSubnet'], {
      message: `a /${services.prefix} is too ${services.prefix < widestServicePrefix ? 'wide' : 'narrow'} for Services`,
      expected: `a prefix from /${widestServicePrefix} to /${narrowestServicePrefix}`,
    });
  }
  if (pods !== undefined && services !== undefined && pods.base < services.base + services.size && services.base < pods.base + pods.size) {
    const at = valueAt(list.document.value, ['networking', 'serviceSubnet']) === undefined ? 'podSubnet' : 'serviceSubnet';
    list.add(['networking', at], {
      message: 'the pod range and the service range overlap',
      expected: 'two ranges without a common address',
    });
  }
}

function subnet(list: ProblemList, field: 'podSubnet' | 'serviceSubnet', text: unknown): Cidr | undefined {
  if (typeof text !== 'string') return undefined;
  const path = ['networking', field];
  if (!isCidr(text)) {
    const hint = text.includes(',') ? { hint: 'the embedded cluster has one range for each, IPv4' } : {};
    list.add(path, { message: `'${text}' is not a range of addresses`, expected: 'a range such as 10.10.0.0/16', ...hint });
    return undefined;
  }
  if (!isIPv4(text.split('/')[0] ?? '')) {
    list.add(path, {
      message: `the IPv6 range ${text} is not possible here`,
      expected: 'an IPv4 range',
      hint: 'the embedded cluster has IPv4 addresses alone',
    });
    return undefined;
  }
  const cidr = parseCidr(text);
  if (cidr.base % cidr.size !== 0) {
    const range = `${numberToIp(cidr.base - (cidr.base % cidr.size))}/${cidr.prefix}`;
    list.add(path, { message: `${text} has bits set behind its prefix`, expected: range });
    return undefined;
  }
  return cidr;
}
