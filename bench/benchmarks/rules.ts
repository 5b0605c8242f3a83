import type { EndpointSlice, Service } from '../../src/objects/kubernetes.js';
import { iptablesRules } from '../../src/proxy/iptables/rules.js';
import { type Benchmark, type Contestant, nothingHeld } from '../benchmark.js';

/** Rendering alone, a pure function: no kernel, no process. */
export const rules: Benchmark = {
  name: 'rules',
  what: "one node's iptables rules as text, three endpoints a Service",
  unit: 'ms',
  rounds: 9,
  yardstick: '1000 Services',
  targets: [{ kind: 'ratio', of: '10000 Services', to: '1000 Services', atMost: 15 }],
  prepare: async () => nothingHeld([10, 1_000, 10_000].map(contestant)),
};

function contestant(count: number): Contestant {
  const name = `${count} Services`;
  const objects = Array.from({ length: count }, (_, i) => [service(i), slice(i)]).flat();
  const input = { objects, node: { name: 'myk8s-worker', ip: '172.18.0.3' }, clusterCIDR: '10.10.0.0/16' };
  return {
    name,
    sample: async () => {
      const begun = performance.now();
      const { text, serviceChains } = iptablesRules(input);
      const ms = performance.now() - begun;
      // A chain for the Service and one for each endpoint.
      if (serviceChains.length !== count * 4 || !text.endsWith('COMMIT\n')) throw new Error(`${name} gave ${serviceChains.length} chains`);
      return { [name]: ms };
    },
  };
}

function service(i: number): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `svc-${i}`, namespace: 'default' },
    spec: { type: 'ClusterIP', clusterIP: `10.200.${i >> 8}.${i & 255}`, ports: [{ name: 'web', port: 80, targetPort: 8080 }] },
  };
}

function slice(i: number): EndpointSlice {
  const address = (endpoint: number): string => {
    const n = i * 3 + endpoint;
    return `10.10.${n >> 8}.${n & 255}`;
  };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `svc-${i}-0`, namespace: 'default', labels: { 'kubernetes.io/service-name': `svc-${i}` } },
    addressType: 'IPv4',
    endpoints: [0, 1, 2].map((endpoint) => ({
      addresses: [address(endpoint)],
      conditions: { ready: true, serving: true },
      nodeName: 'myk8s-worker2',
    })),
    ports: [{ name: 'web', protocol: 'TCP', port: 8080 }],
  };
}
