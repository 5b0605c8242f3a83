import { isIPv4, isIPv6 } from 'node:net';
import type { EmbeddedRules, Report } from './manifest-rules.js';
import { unique } from './manifest-rules.js';
import { fieldsOf, itemsOf, textOf } from './source/pick.js';

/**
 * Rules of a Service that concern more than one field (`ValidateService` in `pkg/apis/core/validation/validation.go`, v1.31); the
 * object may be wrong in other ways.
 */
export function serviceRules(object: unknown, report: Report, embedded: EmbeddedRules | undefined): void {
  const spec = fieldsOf(fieldsOf(object).spec);
  const type = textOf(spec.type) ?? 'ClusterIP';
  portRules(spec, type, report);
  clusterIpRules(spec, type, report);
  externalRules(spec, type, report);
  affinityRules(spec, report);
  if (embedded !== undefined) singleStackRules(object, spec, report);
}

type Fields = Readonly<Record<string, unknown>>;

function portRules(spec: Fields, type: string, report: Report): void {
  const ports = itemsOf(spec.ports);
  if (
    ports.length === 0 &&
    type !== 'ExternalName' &&
    spec.clusterIP !== 'None' &&
    (spec.ports === undefined || Array.isArray(spec.ports))
  ) {
    report(
      ['spec', 'ports'],
      { message: 'a Service needs at least one port', hint: 'only headless Services (clusterIP: None) and ExternalName do without' },
      'key',
    );
  }
  unique(ports, ['spec', 'ports'], 'name', (name) => `two ports are named '${name}'`, report);
  const byPort = new Map<string, number>();
  const byNodePort = new Map<string, number>();
  for (const [i, item] of ports.entries()) {
    const at = ['spec', 'ports', i];
    const { name, port, nodePort, protocol = 'TCP' } = fieldsOf(item);
    if (ports.length > 1 && (name === undefined || name === '')) {
      report(at, { message: `port ${String(port)} needs a name, since there are several ports`, hint: 'for example: name: http' });
    }
    const again = (numbers: Map<string, number>, field: 'port' | 'nodePort', value: unknown): void => {
      if (typeof value !== 'number') return;
      const key = `${value}/${String(protocol)}`;
      const earlier = numbers.get(key);
      if (earlier === undefined) numbers.set(key, i);
      else
        report([...at, field], {
          message: `${field} ${value} (${String(protocol)}) is given twice`,
          hint: `the first is spec.ports[${earlier}]`,
        });
    };
    again(byPort, 'port', port);
    again(byNodePort, 'nodePort', nodePort);
    if (nodePort !== undefined && (type === 'ClusterIP' || type === 'ExternalName')) {
      report([...at, 'nodePort'], {
        message: `a Service of type ${type} has no node port`,
        expected: 'type NodePort or LoadBalancer',
        hint: 'add type: NodePort, or leave nodePort out',
      });
    }
  }
}

function clusterIpRules(spec: Fields, type: string, report: Report): void {
  const address = textOf(spec.clusterIP);
  const all = itemsOf(spec.clusterIPs);
  if (type === 'ExternalName') {
    if (address !== undefined && address !== '')
      report(['spec', 'clusterIP'], { message: 'an ExternalName Service has no clusterIP', hint: 'leave it out' });
    if (spec.externalName === undefined)
      report(['spec'], { message: "'externalName' is missing", expected: 'the DNS name that the Service stands for' });
    return;
  }
  if (spec.externalName !== undefined) {
    report(['spec', 'externalName'], { message: `a Service of type ${type} has no externalName`, expected: 'type ExternalName' });
  }
  if (address === 'None' && (type === 'NodePort' || type === 'LoadBalancer')) {
    report(['spec', 'clusterIP'], { message: `a Service of type ${type} cannot be headless`, hint: 'leave clusterIP out' });
  }
  if (all.length > 0 && address !== undefined && address !== '' && all[0] !== address) {
    report(['spec', 'clusterIPs', 0], { message: `the first of clusterIPs must be clusterIP, ${address}` });
  }
}

/** `validateServiceExternalTrafficPolicy`: what only clients from outside meet is refused where none can come in. */
function externalRules(spec: Fields, type: string, report: Report): void {
  const outside = itemsOf(spec.externalIPs);
  const reachable = type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && outside.length > 0);
  if (spec.externalTrafficPolicy !== undefined && !reachable) {
    report(['spec', 'externalTrafficPolicy'], {
      message: `a Service of type ${type} has no externalTrafficPolicy`,
      expected: 'type NodePort or LoadBalancer, or externalIPs',
      hint: 'internalTrafficPolicy is for clients in the cluster',
    });
  }
  if (spec.healthCheckNodePort !== undefined && !(type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local')) {
    report(['spec', 'healthCheckNodePort'], {
      message: 'there is no healthCheckNodePort here',
      expected: 'type LoadBalancer with externalTrafficPolicy Local',
    });
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && type !== 'LoadBalancer') {
    report(['spec', 'allocateLoadBalancerNodePorts'], {
      message: `a Service of type ${type} has no allocateLoadBalancerNodePorts`,
      expected: 'type LoadBalancer',
    });
  }
  if (itemsOf(spec.loadBalancerSourceRanges).length > 0 && type !== 'LoadBalancer') {
    report(['spec', 'loadBalancerSourceRanges'], {
      message: `a Service of type ${type} has no loadBalancerSourceRanges`,
      expected: 'type LoadBalancer',
    });
  }
  for (const [i, address] of outside.entries()) {
    // ValidateNonSpecialIP: a node must not take these addresses over.
    if (typeof address === 'string' && isIPv4(address) && /^(0\.0\.0\.0$|127\.|169\.254\.|224\.0\.0\.)/.test(address)) {
      report(['spec', 'externalIPs', i], {
        message: `${address} cannot be an external address`,
        expected: 'no loopback, link-local or unspecified address',
      });
    }
  }
}

function affinityRules(spec: Fields, report: Report): void {
  if (spec.sessionAffinityConfig !== undefined && spec.sessionAffinity !== 'ClientIP') {
    report(['spec', 'sessionAffinityConfig'], {
      message: 'sessionAffinityConfig without session affinity',
      hint: 'add sessionAffinity: ClientIP',
    });
  }
}

/** The embedded cluster is an IPv4 one. */
function singleStackRules(object: unknown, spec: Fields, report: Report): void {
  const hint = 'the embedded cluster has IPv4 addresses alone';
  const refuse = (path: (string | number)[], value: unknown): void => {
    if (typeof value === 'string' && isIPv6(value))
      report(path, { message: `the IPv6 address ${value} is not possible here`, expected: 'an IPv4 address', hint });
  };
  refuse(['spec', 'clusterIP'], spec.clusterIP);
  for (const [i, address] of itemsOf(spec.clusterIPs).entries())
    if (i > 0 || address !== spec.clusterIP) refuse(['spec', 'clusterIPs', i], address);
  for (const [i, address] of itemsOf(spec.externalIPs).entries()) refuse(['spec', 'externalIPs', i], address);
  for (const [i, range] of itemsOf(spec.loadBalancerSourceRanges).entries()) {
    if (typeof range === 'string') refuse(['spec', 'loadBalancerSourceRanges', i], range.split('/')[0]);
  }
  const ingress = itemsOf(fieldsOf(fieldsOf(fieldsOf(object).status).loadBalancer).ingress);
  for (const [i, item] of ingress.entries()) refuse(['status', 'loadBalancer', 'ingress', i, 'ip'], fieldsOf(item).ip);
  for (const [i, family] of itemsOf(spec.ipFamilies).entries()) {
    if (family === 'IPv6') report(['spec', 'ipFamilies', i], { message: 'the family IPv6 is not possible here', expected: 'IPv4', hint });
  }
  const policy = spec.ipFamilyPolicy;
  if (policy === 'PreferDualStack' || policy === 'RequireDualStack') {
    report(['spec', 'ipFamilyPolicy'], { message: `ipFamilyPolicy ${policy} is not possible here`, expected: 'SingleStack', hint });
  }
}
