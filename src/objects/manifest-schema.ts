import { z } from 'zod';
import {
  cidr,
  dnsLabel,
  dnsSubdomain,
  envName,
  ipAddress,
  ipOrNone,
  labels,
  port,
  portName,
  qualifiedName,
  serviceName,
} from './kube-names.js';

/**
 * The fields of Pods, Deployments and Services that the embedded cluster honours, with the rules that the API server has for each
 * (`pkg/apis/core/validation/validation.go`, v1.31). Other fields pass: they are named in a warning.
 */
const protocol = z.enum(['TCP', 'UDP', 'SCTP']).exactOptional();
const trafficPolicy = z.enum(['Cluster', 'Local']).exactOptional();
const annotations = z.record(z.string(), z.string()).exactOptional();

function metadata<Name extends z.ZodType<string>>(name: Name) {
  return z.looseObject({ name, namespace: dnsLabel.exactOptional(), labels: labels.exactOptional(), annotations });
}

const seconds = z.int().min(1).exactOptional();

/** Of the ways to probe, the embedded cluster has this one. */
const readinessProbe = z.looseObject({
  httpGet: z.looseObject({ path: z.string().exactOptional(), port: z.union([port, portName]) }).exactOptional(),
  initialDelaySeconds: z.int().min(0).exactOptional(),
  periodSeconds: seconds,
  timeoutSeconds: seconds,
  successThreshold: seconds,
  failureThreshold: seconds,
});

const container = z.looseObject({
  name: dnsLabel,
  image: z
    .string()
    .describe("the image's name")
    .check((context) => {
      const { value } = context;
      if (value === '') context.issues.push({ code: 'custom', message: 'must not be empty', input: value });
      else if (value !== value.trim()) context.issues.push({ code: 'custom', message: 'must not begin or end with a blank', input: value });
    }),
  command: z.array(z.string()).exactOptional(),
  args: z.array(z.string()).exactOptional(),
  ports: z.array(z.looseObject({ name: portName.exactOptional(), containerPort: port, protocol })).exactOptional(),
  env: z.array(z.looseObject({ name: envName, value: z.string().exactOptional() })).exactOptional(),
  readinessProbe: readinessProbe.exactOptional(),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).exactOptional(),
});

const podSpec = z.looseObject({
  nodeName: dnsSubdomain.exactOptional(),
  hostname: dnsLabel.exactOptional(),
  containers: z.array(container).min(1),
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).exactOptional(),
  terminationGracePeriodSeconds: z.int().min(0).exactOptional(),
  readinessGates: z.array(z.looseObject({ conditionType: qualifiedName })).exactOptional(),
});

export const podSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Pod'),
  metadata: metadata(dnsSubdomain),
  spec: podSpec,
});

export const deploymentSchema = z.looseObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: metadata(dnsSubdomain),
  spec: z.looseObject({
    replicas: z.int().min(0).exactOptional(),
    selector: z.looseObject({ matchLabels: labels.exactOptional() }),
    template: z.looseObject({
      metadata: z.looseObject({ labels: labels.exactOptional(), annotations }).exactOptional(),
      spec: podSpec,
    }),
  }),
});

const servicePort = z.looseObject({
  name: dnsLabel.exactOptional(),
  protocol,
  appProtocol: qualifiedName.exactOptional(),
  port,
  targetPort: z.union([port, portName]).exactOptional().describe('a port from 1 to 65535, or the name of a container port'),
  nodePort: z.int().min(30_000).max(32_767).exactOptional().describe('a port from 30000 to 32767'),
});

export const serviceSchema = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata: metadata(serviceName),
  spec: z.looseObject({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).exactOptional(),
    clusterIP: ipOrNone.exactOptional(),
    clusterIPs: z.array(ipOrNone).max(2).exactOptional(),
    ipFamilies: z
      .array(z.enum(['IPv4', 'IPv6']))
      .max(2)
      .exactOptional(),
    ipFamilyPolicy: z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack']).exactOptional(),
    selector: labels.exactOptional(),
    ports: z.array(servicePort).exactOptional(),
    externalIPs: z.array(ipAddress).exactOptional(),
    externalName: dnsSubdomain.exactOptional(),
    loadBalancerSourceRanges: z.array(cidr).exactOptional(),
    sessionAffinity: z.enum(['None', 'ClientIP']).exactOptional(),
    sessionAffinityConfig: z
      .looseObject({ clientIP: z.looseObject({ timeoutSeconds: z.int().min(1).max(86_400).exactOptional() }).exactOptional() })
      .exactOptional(),
    externalTrafficPolicy: trafficPolicy,
    internalTrafficPolicy: trafficPolicy,
    healthCheckNodePort: port.exactOptional(),
    publishNotReadyAddresses: z.boolean().exactOptional(),
    trafficDistribution: z.literal('PreferClose').exactOptional(),
    allocateLoadBalancerNodePorts: z.boolean().exactOptional(),
  }),
  status: z
    .looseObject({
      loadBalancer: z
        .looseObject({
          ingress: z
            .array(
              z.looseObject({
                ip: ipAddress.exactOptional(),
                hostname: dnsSubdomain.exactOptional(),
                ipMode: z.enum(['VIP', 'Proxy']).exactOptional(),
              }),
            )
            .exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
});

/** Any object of the Kubernetes API. */
export const objectSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().min(1).exactOptional(),
    labels: z.record(z.string(), z.string()).exactOptional(),
  }),
});

export type PodManifest = z.infer<typeof podSchema>;
export type DeploymentManifest = z.infer<typeof deploymentSchema>;
export type ServiceManifest = z.infer<typeof serviceSchema>;
