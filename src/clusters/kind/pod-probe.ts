import { isRecord, itemsOf } from '../../objects/source/pick.js';

/** The ephemeral containers in which probes run; a pod cannot be rid of one, and one that has ended is not started again. */
const prefix = 'svclab-probe';

export interface PodProbe {
  /** Where the pod runs. */
  readonly node: string;
  readonly container: string;
  /** `none`: it is to be made. */
  readonly state: 'none' | 'starting' | 'running';
}

/** What the API server shows of a pod: the probe's container that runs or is about to, else the name of one to be made. */
export function podProbe(pod: unknown): PodProbe {
  const spec = fields(pod, 'spec');
  const ours = itemsOf(spec['ephemeralContainers'])
    .filter(isRecord)
    .map(nameOf)
    .filter((name) => name.startsWith(prefix));
  const statuses = itemsOf(fields(pod, 'status')['ephemeralContainerStatuses']).filter(isRecord);
  const node = String(spec['nodeName'] ?? '');
  for (const container of ours) {
    const state = fields(
      statuses.find((status) => nameOf(status) === container),
      'state',
    );
    if (state['running'] !== undefined) return { node, container, state: 'running' };
    if (state['terminated'] === undefined) return { node, container, state: 'starting' };
  }
  return { node, container: ours.length === 0 ? prefix : `${prefix}-${ours.length + 1}`, state: 'none' };
}

function fields(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const found = isRecord(value) ? value[name] : undefined;
  return isRecord(found) ? found : {};
}

function nameOf(container: Readonly<Record<string, unknown>>): string {
  return String(container['name'] ?? '');
}
