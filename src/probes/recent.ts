import { z } from 'zod';
import type { Place } from '../core/executor.js';
import { succeeded } from '../core/executor.js';
import type { Probe, ProbeContext } from '../core/probe.js';
import { failure, keep } from './files.js';

const lists = '/proc/net/xt_recent';

/** Whom the `recent` match of iptables remembers, list by list, before and after; reading a list changes nothing in it. */
export const recent: Probe<Record<string, never>> = {
  kind: 'recent',
  readings: true,
  optionsSchema: z.strictObject({}),
  async begin(context) {
    const take = (role: string) =>
      Promise.all(
        context.places.map(async (place) =>
          keep(context, place, { role, format: 'xt-recent', extension: 'recent' }, await readLists(context, place)),
        ),
      );
    const before = await take('before');
    return {
      read: take,
      end: async () => ({ parts: [...before, ...(await take('after'))], soundness: { sound: true } }),
      async [Symbol.asyncDispose]() {},
    };
  },
};

/** grep ends with 1 where no list has a line, and with 2 where nothing has ever asked this kernel for a list. */
async function readLists(context: ProbeContext<unknown>, place: Place): Promise<string> {
  const result = await context.executor(place).run(['grep', '-r', '.', lists], { signal: context.signal });
  const none = result.ended === 'exit' && (result.exitCode === 1 || result.stderr.includes('No such file or directory'));
  if (!none && !succeeded(result)) throw failure(result);
  return result.stdout;
}
