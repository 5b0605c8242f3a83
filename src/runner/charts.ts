import type { EvidenceSink } from '../core/evidence.js';
import { chartSvg } from './chart-svg.js';
import type { ClaimVerdict } from './step-verdicts.js';

/** Every chart of the claims as a file of the run's folder: `charts/<claim>.svg`. */
export async function writeCharts(sink: EvidenceSink, verdicts: readonly ClaimVerdict[]): Promise<void> {
  for (const { claim, verdict } of verdicts) {
    const charts = (verdict.details ?? []).flatMap((detail) => (detail.kind === 'chart' ? [detail] : []));
    for (const [i, chart] of charts.entries()) await sink.write(`charts/${claim.id}${i === 0 ? '' : `-${i + 1}`}.svg`, chartSvg(chart));
  }
}
