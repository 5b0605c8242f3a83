import type { Verdict } from '../../core/check.js';
import type { SourceRef } from '../../core/events.js';
import type { EventOf } from '../run-records.js';
import { detail } from './detail.js';
import { type Field, fields } from './fields.js';
import { flow, padded } from './flow.js';
import type { Look } from './look.js';

const hang = 10;

/** A claim's verdict: the mark, the word, the sentence, what was seen, and what the check found worth drawing. */
export function claim(look: Look, event: EventOf<'claim-judged'>): string[] {
  const { status } = event.verdict;
  return [
    ...flow(look, [{ text: look.say(event.says) }, { text: `[${event.claim}]`, role: 'quiet' }], {
      lead: [{ text: '  ' }, { text: `${look.signs[status]} ${padded(look.words.verdict[status], 4)}  `, role: status }],
      hang,
    }),
    ...fields(look, claimFields(look, event), hang),
    ...(event.verdict.details ?? []).flatMap((each) => ['', ...detail(look, each, hang)]),
  ];
}

function claimFields(look: Look, { verdict, source }: EventOf<'claim-judged'>): readonly Field[] {
  const { words, say } = look;
  const seen = { label: words.seen, spans: [{ text: say(verdict.seen) }] };
  switch (verdict.status) {
    case 'pass':
      return [seen];
    case 'skip':
      return [{ label: words.why, spans: [{ text: say(verdict.why) }] }];
    default:
      return [
        { label: words.expected, spans: [{ text: say(verdict.expected) }] },
        seen,
        because(look, verdict),
        ...evidence(look, verdict),
        { label: words.lab, spans: [{ text: whereInLab(source) }] },
      ];
  }
}

function because({ words, say }: Look, verdict: Extract<Verdict, { status: 'fail' | 'inconclusive' }>): Field {
  return verdict.status === 'fail'
    ? { label: words.reason, spans: [{ text: verdict.reason, role: 'fail' }] }
    : { label: words.why, spans: [{ text: say(verdict.why) }] };
}

function evidence({ words }: Look, verdict: Verdict): readonly Field[] {
  return verdict.evidence.length === 0 ? [] : [{ label: words.evidence, spans: verdict.evidence.map((file) => ({ text: file })) }];
}

/** As editors and terminals understand it. */
export function whereInLab({ file, line, column }: SourceRef): string {
  return `${file}:${line}:${column}`;
}
