import type { Verdict } from '../../core/check.js';
import type { RunError, SourceRef } from '../../core/events.js';
import type { Text } from '../../core/text.js';
import { claimsOf, type EventOf, type RunRecord, type RunRecords } from '../run-records.js';
import type { CiWords } from './words.js';

/** One line of a report for a CI system: a claim, a break, or what a run stopped of. */
export interface Case {
  readonly outcome: 'pass' | 'failure' | 'error' | 'skipped';
  /** The step, `sabotage`, or `run`. */
  readonly group: string;
  /** What it is told by, and that with its sentence. */
  readonly id: string;
  readonly name: string;
  /** Why it is not a pass, in a word: a check's reason, `inconclusive`, `not-proven`, an exit code. Empty for a pass. */
  readonly type: string;
  /** The same as a sentence. */
  readonly message: string;
  /** Label and text of what was expected and seen. */
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly source?: SourceRef;
  /** Relative to the run's folder. */
  readonly evidence: readonly string[];
  /** A skip that does not fail the run. */
  readonly optional?: boolean;
}

/** One lab on one kind of cluster. */
export interface LabCases {
  readonly lab: string;
  readonly cluster: string;
  readonly title: Text | undefined;
  readonly run: RunRecord | undefined;
  /** Never empty: a run that judged nothing is an error. */
  readonly cases: readonly Case[];
}

export type Say = (text: Text) => string;

/** All runs, then what was left out. Where nothing was run at all, that is an error of its own. */
export function casesOf(records: RunRecords, say: Say, words: CiWords): readonly LabCases[] {
  const runs = records.runs.map((run) => ofRun(run, say, words));
  const leftOut = records.leftOut.flatMap((event) => event.labs.map((lab) => ofLeftOut(event, lab, say)));
  if (runs.length > 0) return [...runs, ...leftOut];
  return [{ lab: 'svclab', cluster: '', title: undefined, run: undefined, cases: [nothing(words)] }, ...leftOut];
}

function ofRun(run: RunRecord, say: Say, words: CiWords): LabCases {
  const { started, ended } = run;
  const cases = [
    ...claimsOf(run).map((event) => ofClaim(event, say, words)),
    ...run.breaks.map((event) => ofBreak(event, run, say, words)),
    ...ofEnd(run, words),
  ];
  return {
    lab: started?.lab ?? ended?.lab ?? '',
    cluster: started?.cluster ?? '',
    title: started?.title,
    run,
    cases: cases.length === 0 ? [nothing(words)] : cases,
  };
}

function ofClaim({ step, claim, says, verdict, source }: EventOf<'claim-judged'>, say: Say, words: CiWords): Case {
  const common = { group: step, id: claim, name: `${claim}: ${say(says)}`, source, evidence: verdict.evidence };
  const facts = factsOf(verdict, say, words);
  switch (verdict.status) {
    case 'pass':
      return { ...common, outcome: 'pass', type: '', message: '', facts };
    case 'fail':
      return { ...common, outcome: 'failure', type: verdict.reason, message: words.failed(verdict.reason), facts };
    case 'inconclusive':
      return { ...common, outcome: 'error', type: 'inconclusive', message: words.inconclusive(say(verdict.why)), facts };
    case 'skip':
      return { ...common, outcome: 'skipped', type: 'skip', message: say(verdict.why), facts: [], optional: verdict.optional };
  }
}

function ofBreak({ outcome, source }: EventOf<'break-judged'>, run: RunRecord, say: Say, words: CiWords): Case {
  const says = run.breakSays.get(outcome.break);
  const proven = outcome.status === 'proven';
  const turns = words.turnsRed(outcome.break, outcome.claim, outcome.becauseOf);
  return {
    group: 'sabotage',
    id: outcome.break,
    name: says === undefined ? turns : `${turns}: ${say(says)}`,
    outcome: proven ? 'pass' : outcome.status === 'not-proven' ? 'failure' : 'error',
    type: proven ? '' : outcome.status,
    message: proven ? '' : say(outcome.why),
    facts: proven || outcome.broken === undefined ? [] : factsOf(outcome.broken, say, words),
    source,
    evidence: outcome.broken?.evidence ?? [],
  };
}

function factsOf(verdict: Verdict, say: Say, words: CiWords): Case['facts'] {
  return [
    [words.expected, say(verdict.expected)],
    [words.seen, say(verdict.seen)],
  ];
}

/** What the run stopped of, where it did not come to its own end. */
function ofEnd({ ended }: RunRecord, words: CiWords): readonly Case[] {
  const error: RunError | undefined = ended === undefined ? { message: words.brokeOff } : ended.error;
  if (error === undefined) return [];
  return [
    {
      group: 'run',
      id: 'run',
      name: words.theRun,
      outcome: 'error',
      type: ended === undefined ? 'broken-off' : `exit-${ended.exitCode}`,
      message: error.message,
      facts: error.hint === undefined ? [] : [[words.hint, error.hint]],
      evidence: [],
      ...(error.source === undefined ? {} : { source: error.source }),
    },
  ];
}

function ofLeftOut({ cluster, why }: EventOf<'left-out'>, lab: string, say: Say): LabCases {
  const skipped: Case = {
    group: 'run',
    id: lab,
    name: lab,
    outcome: 'skipped',
    type: 'left-out',
    message: say(why),
    facts: [],
    evidence: [],
    optional: true,
  };
  return { lab, cluster, title: undefined, run: undefined, cases: [skipped] };
}

function nothing(words: CiWords): Case {
  return {
    group: 'run',
    id: 'run',
    name: words.theRun,
    outcome: 'error',
    type: 'nothing',
    message: words.nothingJudged,
    facts: [],
    evidence: [],
  };
}
