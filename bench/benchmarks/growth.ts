import { type Benchmark, type Contestant, nothingHeld } from '../benchmark.js';
import { freshEmbeddedSample } from '../embedded/fresh.js';

/** What more pods cost: the time from the manifests to everything being ready. */
export const growth: Benchmark = {
  name: 'growth',
  what: 'pods, servers and rules from manifests to ready, on nodes that are there',
  unit: 'ms',
  rounds: 9,
  yardstick: '6 pods',
  targets: [{ kind: 'ratio', of: '64 pods', to: '6 pods', atMost: 12 }],
  async prepare(context) {
    const contestant = (pods: number): Contestant => {
      const name = `${pods} pods`;
      return {
        name,
        sample: async () => {
          const { createMs, applyMs, askMs } = await freshEmbeddedSample(pods, context);
          return { [name]: applyMs, [`${name}, from nothing to the first answer`]: createMs + applyMs + askMs };
        },
      };
    };
    return nothingHeld([contestant(6), contestant(64)]);
  },
};
