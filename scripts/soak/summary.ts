import type { RunResult, RunStatus } from './run-result.js';

export interface Summary {
  readonly runs: number;
  readonly counts: Readonly<Record<RunStatus, number>>;
  /** How often steps were taken again, by reason, the most frequent first; neither numbers nor the ends of names (`worker3`) tell reasons apart. */
  readonly retaken: readonly { readonly why: string; readonly times: number }[];
  /** Milliseconds of whole runs; undefined where there was none. */
  readonly time: { readonly min: number; readonly median: number; readonly p95: number; readonly max: number } | undefined;
}

export function summarize(results: readonly RunResult[]): Summary {
  const counts: Record<RunStatus, number> = { green: 0, red: 0, inconclusive: 0, 'broken off': 0 };
  const reasons = new Map<string, number>();
  for (const { status, retaken } of results) {
    counts[status] += 1;
    for (const { step, why } of retaken) {
      const reason = `${step}: ${why.replace(/\d+(?![\dA-Za-z])/g, '#')}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  return {
    runs: results.length,
    counts,
    retaken: [...reasons].map(([why, times]) => ({ why, times })).sort((a, b) => b.times - a.times),
    time: timeOf(results.map(({ ms }) => ms).sort((a, b) => a - b)),
  };
}

/** By nearest rank: each is the time of a run that there was. */
function timeOf(sorted: readonly number[]): Summary['time'] {
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return sorted.length === 0 ? undefined : { min: at(0), median: at(0.5), p95: at(0.95), max: at(1) };
}

export function summaryText({ runs, counts, retaken, time }: Summary): string {
  const again = retaken.reduce((sum, { times }) => sum + times, 0);
  return [
    `${runs} ${runs === 1 ? 'run' : 'runs'}: ${Object.entries(counts)
      .map(([status, count]) => `${count} ${status}`)
      .join(', ')}`,
    `steps taken again: ${again}`,
    ...retaken.map(({ why, times }) => `  ${String(times).padStart(4)}  ${why}`),
    ...(time === undefined
      ? []
      : [
          `seconds: ${Object.entries(time)
            .map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)}`)
            .join(', ')}`,
        ]),
  ].join('\n');
}

/** What is said of one run, at once: nothing when it was green at the first attempt. */
export function runText(number: number, { status, ms, faults, retaken, folder }: RunResult): string | undefined {
  if (status === 'green' && retaken.length === 0) return undefined;
  const kept = status === 'green' || folder === undefined ? [] : [`  ${folder}`];
  return [
    `run ${number}: ${status}, ${(ms / 1000).toFixed(1)} s`,
    ...faults.map((fault) => `  ${fault}`),
    ...retaken.map(({ step, why }) => `  took '${step}' again: ${why}`),
    ...kept,
  ].join('\n');
}
