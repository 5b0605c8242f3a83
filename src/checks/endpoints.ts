import { z } from 'zod';
import type { KubeObject } from '../core/cluster.js';
import { isEndpointSlice, isService } from '../objects/guards.js';
import type { EndpointSlice } from '../objects/kubernetes.js';
import type { SceneService } from '../scene/scene.js';
import { defineCheck } from './lab-check.js';
import { objects, serviceOption } from './options.js';

const portNumber = z.int().min(1).max(65_535);

const optionsSchema = z.strictObject({
  service: serviceOption,
  count: z.int().min(0).describe('How many ready endpoints it has'),
  port: portNumber.describe("The Service's port"),
  targetPort: portNumber.describe('The port of the pods that it leads to'),
});

/** A Service's ready endpoints, and where its (first) port leads, by its EndpointSlices. */
export const endpointsCheck = defineCheck({
  kind: 'endpoints',
  optionsSchema,
  reasons: ['count', 'not-ready', 'port'],
  observations: () => [objects],
  judge({ options: { service: role, count, port, targetPort }, evidence: { view, scene } }) {
    const service = scene.service(role);
    const slices = slicesOf(view.objects(objects), service);
    const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
    // The API says: an endpoint whose condition is not known is ready (discovery/v1, EndpointConditions).
    const ready = addresses(endpoints.filter(({ conditions }) => conditions?.ready !== false));
    const all = addresses(endpoints);
    const targets = [...new Set(slices.flatMap((slice) => slice.ports ?? []).flatMap((entry) => entry.port ?? []))];
    const found = {
      expected: {
        en: `${count} ready endpoints, port ${port} -> ${targetPort}`,
        ko: `준비된 엔드포인트 ${count}개, 포트 ${port} -> ${targetPort}`,
      },
      seen: {
        en: `${ready.length} ready of ${all.length} (${ready.join(', ') || 'none'}), port ${service.port} -> ${targets.join(' and ') || 'nowhere'}`,
        ko: `${all.length}개 중 ${ready.length}개 준비됨(${ready.join(', ') || '없음'}), 포트 ${service.port} -> ${targets.join(', ') || '없음'}`,
      },
    };
    if (ready.length < count && all.length >= count) return { status: 'fail', reason: 'not-ready', ...found };
    if (ready.length !== count) return { status: 'fail', reason: 'count', ...found };
    const leads = targets.length === 1 && targets[0] === targetPort;
    if (service.port !== port || (count > 0 && !leads)) return { status: 'fail', reason: 'port', ...found };
    return { status: 'pass', ...found };
  },
});

/** The EndpointSlices of the Service, cut down to its first port. */
function slicesOf(all: readonly KubeObject[], { name, namespace }: SceneService): readonly Pick<EndpointSlice, 'endpoints' | 'ports'>[] {
  const own = ({ metadata }: KubeObject) => (metadata.namespace ?? 'default') === namespace;
  const service = all.filter(isService).find((object) => own(object) && object.metadata.name === name);
  const portName = service?.spec.ports?.[0]?.name ?? '';
  return all
    .filter(isEndpointSlice)
    .filter((slice) => own(slice) && slice.addressType === 'IPv4' && slice.metadata.labels?.['kubernetes.io/service-name'] === name)
    .map(({ endpoints, ports }) => ({ endpoints, ports: ports?.filter((port) => (port.name ?? '') === portName) ?? null }));
}

function addresses(endpoints: readonly { readonly addresses: readonly string[] }[]): readonly string[] {
  return [...new Set(endpoints.flatMap(({ addresses: [first] }) => first ?? []))];
}
