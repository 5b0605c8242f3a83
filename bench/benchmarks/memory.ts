import { type Benchmark, type Contestant, nothingHeld } from '../benchmark.js';
import { freshEmbeddedSample } from '../embedded/fresh.js';

/** What a cluster costs that just stands there. Memory in the kernel, for namespaces, links and rules, is not in it. */
export const memory: Benchmark = {
  name: 'memory',
  what: "resident memory (RSS) of all processes in an idle cluster's sandbox, half a second after its first answer",
  unit: 'MB',
  rounds: 5,
  yardstick: '6 pods',
  targets: [{ kind: 'median', of: '6 pods', atMost: 120 }],
  async prepare(context) {
    const contestant = (pods: number): Contestant => {
      const name = `${pods} pods`;
      return {
        name,
        sample: async () => {
          const { memory } = await freshEmbeddedSample(pods, context);
          return { [name]: memory.rss, [`${name}, shared pages shared out (PSS)`]: memory.pss };
        },
      };
    };
    return nothingHeld([contestant(6), contestant(64)]);
  },
};
