import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { Finding } from '../../src/core/cluster.js';
import { leftovers } from './leftovers.js';
import { inWords, type Programs } from './programs.js';

const finding = z.object({ what: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().optional() });
const doctorSchema = z.object({ clusters: z.array(z.object({ kind: z.string(), findings: z.array(finding) })) });
const statusSchema = z.object({
  clusters: z.array(z.object({ name: z.string(), provider: z.string(), ours: z.boolean(), end: z.array(z.string()) })),
});

/** Where Docker keeps images and containers, unless its configuration says otherwise. */
const engineData = '/var/lib/docker';
const gib = 1024 ** 3;

export interface CheckOptions {
  readonly runs: string;
  readonly minFree: number;
  readonly cluster: string;
}

/** What this machine has and lacks for a job, and what an earlier one has left. Changes nothing. */
export async function check(programs: Programs, options: CheckOptions): Promise<readonly Finding[]> {
  return [
    ...(await space(options)),
    ...(await running(programs, options.cluster)),
    ...(await left(programs, options.runs)),
    ...(await machine(programs, options.cluster)),
  ];
}

async function space({ runs, minFree }: CheckOptions): Promise<readonly Finding[]> {
  const places = [await nearest(resolve(runs)), ...((await there(engineData)) ? [engineData] : [])];
  return Promise.all(
    places.map(async (place) => {
      const { bavail, bsize } = await statfs(place);
      const free = (bavail * bsize) / gib;
      const hint = `make room on its disk: npm run runner -- clean, docker system df; or lower --min-free`;
      return {
        what: 'disk',
        ok: free >= minFree,
        detail: `${free.toFixed(1)} GiB free for ${place}, ${minFree} wanted`,
        ...(free >= minFree ? {} : { hint }),
      };
    }),
  );
}

/** A cluster that runs has a name that the job needs, and ports. Another's is none of ours: only the real cluster minds its name. */
async function running({ svclab }: Programs, cluster: string): Promise<readonly Finding[]> {
  const said = await svclab('status', '--json');
  if (said.code !== 0) return [{ what: 'clusters', ok: false, detail: inWords(said) }];
  const { clusters } = statusSchema.parse(JSON.parse(said.stdout));
  const inTheWay = clusters.filter((one) => one.ours || (cluster !== 'netns' && one.provider === 'kind'));
  return inTheWay.length === 0
    ? [{ what: 'clusters', ok: true, detail: 'none is running' }]
    : inTheWay.map(({ name, provider, ours, end }) => ({
        what: 'clusters',
        ok: false,
        detail: `${name} (${provider}) is running${ours ? '' : ', and svclab did not make it'}`,
        hint: ours ? 'npm run runner -- clean' : `whoever made it ends it: ${end.join(' ')}`,
      }));
}

async function left(programs: Programs, runs: string): Promise<readonly Finding[]> {
  const found = await leftovers(programs, runs);
  return Object.entries({ ...found }).flatMap(([what, names]) =>
    names === undefined
      ? []
      : [
          names.length === 0
            ? { what, ok: true, detail: 'none left' }
            : { what, ok: false, detail: `left: ${names.join(', ')}`, hint: 'npm run runner -- clean' },
        ],
  );
}

async function machine({ svclab }: Programs, cluster: string): Promise<readonly Finding[]> {
  const said = await svclab('doctor', '--cluster', cluster, '--json');
  // It exits with 3 where something is lacking, and says what.
  if (said.code !== 0 && said.code !== 3) return [{ what: 'doctor', ok: false, detail: inWords(said) }];
  const { clusters } = doctorSchema.parse(JSON.parse(said.stdout));
  return clusters.flatMap(({ kind, findings }) =>
    findings.map(({ what, hint, ...rest }) => ({ ...rest, what: `${kind}: ${what}`, ...(hint === undefined ? {} : { hint }) })),
  );
}

async function nearest(path: string): Promise<string> {
  return (await there(path)) || path === dirname(path) ? path : nearest(dirname(path));
}

async function there(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
