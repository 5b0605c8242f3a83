import type { Detail, Verdict } from '../../core/check.js';
import type { SourceRef } from '../../core/events.js';
import type { Text } from '../../core/text.js';
import type { EventOf } from '../run-records.js';

type InLanguage = (text: Text) => string;

/** What stands below a claim's test point. */
export function claimDiagnostics(event: EventOf<'claim-judged'>, say: InLanguage): Record<string, unknown> {
  return {
    status: event.verdict.status,
    check: event.check,
    ...verdictDiagnostics(event.verdict, say),
    ...(event.attempt > 1 ? { attempt: event.attempt } : {}),
    at: place(event.source),
  };
}

/** What stands below a break's test point. */
export function breakDiagnostics({ outcome, source }: EventOf<'break-judged'>, say: InLanguage): Record<string, unknown> {
  return {
    status: outcome.status,
    claim: outcome.claim,
    becauseOf: outcome.becauseOf,
    why: say(outcome.why),
    ...(outcome.broken === undefined || outcome.status === 'proven'
      ? {}
      : { broken: { status: outcome.broken.status, ...verdictDiagnostics(outcome.broken, say) } }),
    at: place(source),
  };
}

function verdictDiagnostics(verdict: Verdict, say: InLanguage): Record<string, unknown> {
  return {
    ...(verdict.status === 'fail' ? { reason: verdict.reason } : {}),
    ...(verdict.status === 'inconclusive' ? { why: say(verdict.why) } : {}),
    ...(verdict.status === 'skip' ? {} : { expected: say(verdict.expected), seen: say(verdict.seen) }),
    ...(verdict.evidence.length === 0 ? {} : { evidence: verdict.evidence }),
    ...(verdict.details === undefined || verdict.details.length === 0
      ? {}
      : { details: Object.fromEntries(verdict.details.map((detail, index) => named(detail, index, say))) }),
  };
}

/** Each detail under its kind; a second one of a kind is `table-2`. */
function named(detail: Detail, index: number, say: InLanguage): [string, unknown] {
  return [index === 0 ? detail.kind : `${detail.kind}-${index + 1}`, shown(detail, say)];
}

function shown(detail: Detail, say: InLanguage): unknown {
  switch (detail.kind) {
    case 'path':
      return detail.hops.map((hop) => ({
        place: hop.place,
        link: hop.link,
        direction: hop.direction,
        source: hop.source,
        destination: hop.destination,
        us: hop.offsetUs,
        ...(hop.changed === undefined ? {} : { changed: say(hop.changed) }),
      }));
    case 'distribution':
      return { rows: detail.rows, note: say(detail.note) };
    case 'chart':
      return { title: say(detail.title), across: say(detail.across), unit: detail.unit, series: detail.series, note: say(detail.note) };
    case 'table': {
      const columns = detail.columns.map(say);
      return [columns, ...detail.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : say(cell))))];
    }
  }
}

function place({ file, line, column }: SourceRef): string {
  return `${file}:${line}:${column}`;
}
