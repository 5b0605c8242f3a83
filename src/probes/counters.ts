import { z } from 'zod';
import type { Place } from '../core/executor.js';
import type { Probe } from '../core/probe.js';
import { keep, read } from './files.js';

/**
 * The rules with their counters before and after: `iptables-save -c`, and `nft -j -a` for the handle of each rule, which tells whether a rule
 * is the same object in both readings. Counters are never set to zero: a check subtracts.
 */
export const counters: Probe<Record<string, never>> = {
  kind: 'counters',
  readings: true,
  optionsSchema: z.strictObject({}),
  async begin(context) {
    const one = async (place: Place, role: string) =>
      Promise.all([
        read(context, place, ['iptables-save', '-c']).then((text) =>
          keep(context, place, { role, format: 'iptables-save', extension: 'rules' }, text),
        ),
        read(context, place, ['nft', '-j', '-a', 'list', 'ruleset']).then((text) =>
          keep(context, place, { role, format: 'nft-json', extension: 'nft.json' }, text),
        ),
      ]);
    const take = async (role: string) => (await Promise.all(context.places.map((place) => one(place, role)))).flat();
    const before = await take('before');
    return {
      read: take,
      end: async () => ({ parts: [...before, ...(await take('after'))], soundness: { sound: true } }),
      async [Symbol.asyncDispose]() {},
    };
  },
};
