import { z } from 'zod';
import type { Probe } from '../core/probe.js';
import { keep, read } from './files.js';

/** The connection tracking table (`conntrack -L`) before and after, with each entry's id. */
export const conntrack: Probe<Record<string, never>> = {
  kind: 'conntrack',
  readings: true,
  optionsSchema: z.strictObject({}),
  async begin(context) {
    const take = (role: string) =>
      Promise.all(
        context.places.map(async (place) => {
          const table = await read(context, place, ['conntrack', '-L', '-o', 'xml,id']);
          return keep(context, place, { role, format: 'conntrack-xml', extension: 'xml' }, table);
        }),
      );
    const before = await take('before');
    return {
      read: take,
      end: async () => ({ parts: [...before, ...(await take('after'))], soundness: { sound: true } }),
      async [Symbol.asyncDispose]() {},
    };
  },
};
