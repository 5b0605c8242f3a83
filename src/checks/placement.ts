import { z } from 'zod';
import { isReady } from '../objects/endpoints.js';
import { isPod } from '../objects/guards.js';
import type { Pod } from '../objects/kubernetes.js';
import { defineCheck } from './lab-check.js';
import { objects } from './options.js';

const optionsSchema = z.strictObject({
  pods: z
    .record(z.string().regex(/^([a-z0-9][-a-z0-9.]*\/)?[a-z0-9][-a-z0-9.]*$/), z.string().min(1))
    .refine((pods) => Object.keys(pods).length > 0, 'names no pod')
    .describe("Each pod's name (with its namespace before it, where that is not default), and the node that it runs on"),
});

/** Pods that are there, where they should be, and ready. A pod that is being deleted is not there. */
export const placementCheck = defineCheck({
  kind: 'placement',
  optionsSchema,
  reasons: ['missing', 'node', 'not-ready'],
  observations: () => [objects],
  judge({ options, evidence: { view } }) {
    const pods = view.objects(objects).filter(isPod);
    const wanted = Object.entries(options.pods).map(([name, node]) => ({ name, node, pod: find(pods, name) }));
    const found = {
      expected: {
        en: wanted.map(({ name, node }) => `${name} on ${node}`).join(', '),
        ko: wanted.map(({ name, node }) => `${name}: ${node}`).join(', '),
      },
      seen: {
        en: wanted
          .map(
            ({ name, pod }) => `${name} ${pod === undefined ? 'is not there' : `on ${nodeOf(pod)}${isReady(pod) ? '' : ' (not ready)'}`}`,
          )
          .join(', '),
        ko: wanted
          .map(({ name, pod }) => `${name}: ${pod === undefined ? '없음' : `${nodeOf(pod)}${isReady(pod) ? '' : '(준비되지 않음)'}`}`)
          .join(', '),
      },
    };
    if (wanted.some(({ pod }) => pod === undefined)) return { status: 'fail', reason: 'missing', ...found };
    if (wanted.some(({ node, pod }) => pod?.spec.nodeName !== node)) return { status: 'fail', reason: 'node', ...found };
    if (wanted.some(({ pod }) => pod === undefined || !isReady(pod))) return { status: 'fail', reason: 'not-ready', ...found };
    return { status: 'pass', ...found };
  },
});

function find(pods: readonly Pod[], name: string): Pod | undefined {
  const [namespace, bare] = name.includes('/') ? name.split('/') : ['default', name];
  return pods.find(
    ({ metadata }) => metadata.name === bare && (metadata.namespace ?? 'default') === namespace && metadata.deletionTimestamp === undefined,
  );
}

function nodeOf(pod: Pod): string {
  return pod.spec.nodeName ?? '-';
}
