import { z } from 'zod';
import type { Report } from '../../src/reporters/report-schema.js';
import type { Lab, Step } from '../../src/schema/lab.js';

/** What became of each claim, and of each of its breaks, on one kind of cluster. */
const labVerdictsSchema = z.record(z.string(), z.strictObject({ verdict: z.string(), breaks: z.record(z.string(), z.string()) }));
export type LabVerdicts = z.infer<typeof labVerdictsSchema>;

/** By cluster and lab. */
export const verdictsSchema = z.record(z.string(), z.record(z.string(), labVerdictsSchema));
export type Verdicts = z.infer<typeof verdictsSchema>;

export function verdictsOf({ claims, breaks }: Pick<Report['runs'][number], 'claims' | 'breaks'>): LabVerdicts {
  return Object.fromEntries(
    claims.map(({ id, verdict }) => [
      id,
      {
        verdict: verdict.status,
        breaks: Object.fromEntries(breaks.filter(({ claim }) => claim === id).map((one) => [one.id, one.status])),
      },
    ]),
  );
}

/** The page: lab by lab, each claim and break with its verdict on each kind of cluster. */
export function matrixText(labs: readonly Lab[], verdicts: Verdicts): string {
  const clusters = Object.keys(verdicts);
  return `${[
    '<!-- Made from matrix.json by `npm run generate`. -->',
    '# Every claim and every break, on every cluster',
    'What `svclab run all --sabotage all` gave. `npm run matrix` runs it on the embedded cluster and writes its verdicts down, `npm run matrix -- --cluster kind` on a real one; ' +
      'the tests of the labs hold them against what is seen. The proxy mode is iptables where a step asks for no other.',
    ...labs.map((lab) => labTable(lab, clusters, verdicts)),
  ].join('\n\n')}\n`;
}

function labTable(lab: Lab, clusters: readonly string[], verdicts: Verdicts): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['step', 'proxy mode', 'claim', 'break', ...clusters];
  const rows = lab.steps.flatMap((step) =>
    step.claims.flatMap((claim) => {
      const found = clusters.map((cluster) => verdicts[cluster]?.[lab.id]?.[claim.id]);
      const place = [step.id, modeOf(step), claim.id];
      return [
        [...place, '', ...found.map((one) => one?.verdict ?? '')],
        ...claim.breaks.map((broken) => ['', '', '', broken.id, ...found.map((one) => one?.breaks[broken.id] ?? '')]),
      ];
    }),
  );
  return [`## ${lab.id}`, '', row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

/** What the step asks kube-proxy to be. */
function modeOf(step: Step): string {
  if (step.modes.length > 0) return step.modes.join(', ');
  const given = step.given.flatMap((change) => (change.kind === 'proxy-mode' ? [change.mode] : []));
  return given.at(-1) ?? 'iptables';
}
