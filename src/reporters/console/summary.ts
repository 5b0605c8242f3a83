import type { Verdict } from '../../core/check.js';
import { claimsOf, type RunRecord, totalsOf } from '../run-records.js';
import { oneLine } from '../visible.js';
import { whereInLab } from './claim.js';
import { asTyped, commands } from './commands.js';
import { fields } from './fields.js';
import { flow, padded, type Span, widthOf } from './flow.js';
import type { Look } from './look.js';
import { seconds } from './numbers.js';
import { heading } from './step.js';

const indented = { lead: [{ text: '  ' }], hang: 2 };
const statuses = ['pass', 'fail', 'inconclusive', 'skip'] as const;

/** The end of a run's report: how many of each verdict, what was not green, how long it took, where it lies, what to do next. */
export function summary(look: Look, run: RunRecord, program: string): string[] {
  const { words } = look;
  const claims = claimsOf(run);
  const folder = run.ended?.folder ?? run.started?.folder ?? '';
  const stopped = run.ended === undefined || run.ended.error !== undefined;
  return [
    '',
    heading(look, words.result),
    '',
    ...(claims.length === 0 ? [] : counts(look, run)),
    ...(stopped ? flow(look, [{ text: words.stoppedEarly, role: 'fail' }], indented) : []),
    ...notGreen(look, run),
    '',
    ...fields(
      look,
      [
        { label: words.duration, spans: [{ text: times(look, run) }] },
        ...(folder === '' ? [] : [{ label: words.folder, spans: [{ text: folder }] }]),
        ...(run.ended === undefined ? [] : [{ label: words.exitLabel, spans: [{ text: exit(look, run) }] }]),
      ],
      2,
    ),
    ...(claims.length === 0 ? [] : next(look, run, folder, program)),
    '',
  ];
}

function counts(look: Look, run: RunRecord): string[] {
  const { words, signs } = look;
  const totals = totalsOf(run);
  const judged = totals.pass + totals.fail + totals.inconclusive + totals.skip;
  const planned = run.started?.claims ?? judged;
  const spans = statuses.flatMap((status): Span[] => {
    const count = totals[status];
    return count === 0 && status !== 'pass' ? [] : [{ text: `${signs[status]} ${count} ${words.verdict[status]}`, role: status }];
  });
  const breaks = run.ended?.breaks;
  const tried = breaks === undefined ? 0 : breaks.proven + breaks.notProven + breaks.inconclusive;
  const role = breaks?.proven === tried ? 'pass' : 'fail';
  return [
    ...flow(
      look,
      [{ text: `${judged < planned ? words.notAllJudged(judged, planned) : words.claims(judged)}:` }, ...parted(look, spans)],
      indented,
    ),
    ...(tried === 0 ? [] : flow(look, [{ text: `${signs[role]} ${words.breaksProven(breaks?.proven ?? 0, tried)}`, role }], indented)),
  ];
}

function parted({ signs }: Look, spans: readonly Span[]): readonly Span[] {
  return spans.flatMap((span, index) => (index === 0 ? [span] : [{ text: signs.dot, role: 'quiet' as const }, span]));
}

/** Again, and in short, what needs a look: after many lines of green it would be out of sight. */
function notGreen(look: Look, run: RunRecord): string[] {
  const { say, signs, words } = look;
  const claims = claimsOf(run).filter(({ verdict }) => verdict.status !== 'pass');
  const breaks = run.breaks.filter(({ outcome }) => outcome.status !== 'proven');
  const names = widthOf([...claims.map(({ claim }) => claim), ...breaks.map(({ outcome }) => outcome.break)]);
  const line = (status: Verdict['status'], name: string, because: string, where: string) =>
    flow(look, [{ text: because }, { text: `(${where})`, role: 'quiet' }], {
      lead: [{ text: '  ' }, { text: `${signs[status]} ${padded(oneLine(name), names)}`, role: status }],
      hang: 6 + Math.min(names, 24),
    });
  return [
    ...claims.flatMap(({ claim, verdict, source }) =>
      line(
        verdict.status,
        claim,
        verdict.status === 'fail' ? verdict.reason : 'why' in verdict ? say(verdict.why) : '',
        whereInLab(source),
      ),
    ),
    ...breaks.flatMap(({ outcome, source }) =>
      line(outcome.status === 'not-proven' ? 'fail' : 'inconclusive', outcome.break, words.outcome[outcome.status], whereInLab(source)),
    ),
  ];
}

function times({ words, signs }: Look, run: RunRecord): string {
  const parts = run.phases.map(({ phase, durationMs }) => `${words.phase[phase]} ${seconds(durationMs)}`);
  return [seconds(run.lastAt), ...parts].join(` ${signs.dot} `);
}

function exit({ words }: Look, run: RunRecord): string {
  const code = run.ended?.exitCode ?? 0;
  const meaning = code === 0 && totalsOf(run).skip > 0 ? words.skipsOnly : words.exit[code];
  return `${code}: ${meaning}`;
}

function next(look: Look, run: RunRecord, folder: string, program: string): string[] {
  const { words } = look;
  const capture = captureOf(run);
  const lab = run.started?.lab;
  const proposals = [
    ...(run.kept === undefined
      ? []
      : [
          { why: words.enter, command: run.kept.enter.join(' ') },
          { why: words.end, command: asTyped(run.kept.end, program) },
        ]),
    ...(capture === undefined || folder === '' ? [] : [{ why: words.wireshark, command: `wireshark ${quoted(`${folder}/${capture}`)}` }]),
    ...(folder === '' ? [] : [{ why: words.rejudge, command: `${program} rejudge ${quoted(folder)}` }]),
    ...(lab === undefined || run.started?.sabotage !== false || run.ended?.exitCode !== 0
      ? []
      : [{ why: words.prove, command: `${program} run ${quoted(lab)} --sabotage all` }]),
  ];
  return proposals.length === 0 ? [] : ['', ...commands(look, proposals)];
}

/** The capture worth opening first: of a claim that is not green, then of one with a drawn path, then of any. */
function captureOf(run: RunRecord): string | undefined {
  const claims = claimsOf(run).map(({ verdict }) => verdict);
  const red = claims.filter(({ status }) => status === 'fail' || status === 'inconclusive');
  const drawn = claims.filter(({ details }) => details?.some(({ kind }) => kind === 'path'));
  return [...red, ...drawn, ...claims].flatMap(({ evidence }) => evidence).find((file) => file.endsWith('.pcap'));
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
