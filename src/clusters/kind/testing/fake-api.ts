import type { Tools } from '../tools.js';

/** An API server that shows this, whatever is asked for, and on which nothing is changed. */
export function showing(get: Tools['api']['get']): Tools['api'] {
  const change = () => Promise.reject(new Error('nothing is changed here'));
  return {
    get,
    list: async () => [],
    workloadPods: async () => [],
    apply: change,
    patch: change,
    delete: change,
    deleteAll: change,
    addEphemeralContainer: change,
  };
}
