import type { Text } from '../../core/text.js';
import type { EventOf } from '../run-records.js';
import { whereInLab } from './claim.js';
import { fields } from './fields.js';
import { flow } from './flow.js';
import type { Look } from './look.js';
import { heading } from './step.js';

const hang = 4;
const roles = { proven: 'pass', 'not-proven': 'fail', inconclusive: 'inconclusive' } as const;

export function sabotageBegin(look: Look): string[] {
  return [
    '',
    heading(look, look.words.sabotage),
    ...flow(look, [{ text: look.words.sabotageText }], { lead: [{ text: '  ' }], hang: 2 }),
    '',
  ];
}

/** What came of a break: one line when it proved its claim able to fail, and what went wrong otherwise. */
export function breakOutcome(look: Look, { outcome, source }: EventOf<'break-judged'>, says: Text | undefined): string[] {
  const { words, signs, say } = look;
  const role = roles[outcome.status];
  const lead = [{ text: '  ' }, { text: `${signs[role]} `, role }];
  const name = { text: `${outcome.break} ${signs.arrow}` };
  const what = says === undefined ? [] : flow(look, [{ text: say(says), role: 'quiet' }], { lead: [{ text: '    ' }], hang });
  if (outcome.status === 'proven') {
    return [...flow(look, [name, { text: words.proven(outcome.claim, outcome.becauseOf) }], { lead, hang }), ...what];
  }
  const { broken } = outcome;
  return [
    ...flow(look, [name, { text: `${words.outcome[outcome.status]}:`, role }, { text: say(outcome.why) }], { lead, hang }),
    ...what,
    ...fields(
      look,
      [
        { label: words.wantedLabel, spans: [{ text: words.wanted(outcome.claim, outcome.becauseOf) }] },
        ...(broken === undefined
          ? []
          : [
              {
                label: words.seen,
                spans: [
                  { text: `${broken.status === 'fail' ? words.redBecauseOf(broken.reason) : words.stayed(broken.status)}:` },
                  { text: say(broken.seen) },
                ],
              },
              ...(broken.evidence.length === 0 ? [] : [{ label: words.evidence, spans: broken.evidence.map((text) => ({ text })) }]),
            ]),
        { label: words.lab, spans: [{ text: whereInLab(source) }] },
      ],
      hang,
    ),
  ];
}
