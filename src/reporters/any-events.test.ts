import fc from 'fast-check';
import t from 'tap';
import { Parser } from 'tap-parser';
import type { Detail, Verdict } from '../core/check.js';
import { exitCodes } from '../core/errors.js';
import type { RunEvent } from '../core/events.js';
import { createConsoleReporter } from './console.js';
import { report } from './fixtures/memory-output.js';
import { createGithubReporter } from './github.js';
import { createJsonReporter } from './json.js';
import { createJunitReporter } from './junit.js';
import { createMarkdownReporter } from './markdown.js';
import { reportSchema } from './report-schema.js';
import { createTapReporter } from './tap.js';
import { parsedXml } from './testing/xml.js';

const string = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '# SKIP',
    '\\',
    '{',
    '...',
    '---',
    'Bail out!',
    '1..0',
    'ok 1',
    '    ok',
    '\n---\n',
    '\u001b[31m',
    '파드',
    'a\r\nb\tc',
    '\ud800',
    '- : &x',
    '::error file=a,line=1::b',
    '##[error]c',
    'a\r::stop-commands::d',
    ']]>',
    '<b>&amp;',
    '&A;',
    '&#0;',
    '\uFFFE\uFFFF',
    '``````',
    '| @user #1 https://x.example [a](b) ![c](d)',
  ),
);
const id = fc.oneof(fc.constantFrom('wire', 'stage', 'rules'), string);
const text = fc.record({ en: string, ko: string });
const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e9 });
const count = fc.nat(100000);
const source = fc.record({ file: string, line: count, column: count });
const phase = fc.constantFrom('cluster', 'workloads', 'steps', 'sabotage', 'cleanup');

const hop = fc.record(
  {
    place: string,
    link: string,
    direction: fc.constantFrom('in', 'out'),
    source: string,
    destination: string,
    offsetUs: number,
    changed: text,
  },
  { requiredKeys: ['place', 'link', 'direction', 'source', 'destination', 'offsetUs'] },
);
const detail: fc.Arbitrary<Detail> = fc.oneof(
  fc.record({ kind: fc.constant('path'), hops: fc.array(hop, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('distribution'),
    rows: fc.array(fc.record({ label: string, count, share: fc.double({ noNaN: true, min: 0, max: 1 }) }), { maxLength: 4 }),
    note: text,
  }),
  fc.record({
    kind: fc.constant('chart'),
    title: text,
    across: text,
    measured: text,
    unit: string,
    series: fc.array(
      fc.record({ name: string, points: fc.array(fc.record({ x: number, y: number, low: number, high: number }), { maxLength: 4 }) }),
      {
        maxLength: 3,
      },
    ),
    note: text,
  }),
  fc.record({
    kind: fc.constant('table'),
    columns: fc.array(text, { maxLength: 4 }),
    rows: fc.array(fc.array(string, { maxLength: 5 }), { maxLength: 3 }),
  }),
);
const judged = { expected: text, seen: text, evidence: fc.array(string, { maxLength: 3 }), details: fc.array(detail, { maxLength: 3 }) };
const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({ status: fc.constant('pass'), ...judged }),
  fc.record({ status: fc.constant('fail'), reason: string, ...judged }),
  fc.record({ status: fc.constant('inconclusive'), why: text, ...judged }),
  fc.record({ status: fc.constant('skip'), why: text, optional: fc.boolean(), ...judged }),
);
const totals = fc.record({ pass: count, fail: count, inconclusive: count, skip: count });

const event: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({
    type: fc.constant('run-started'),
    at: count,
    lab: id,
    title: text,
    cluster: string,
    requests: count,
    folder: string,
    startedAt: string,
    claims: count,
    sabotage: fc.boolean(),
  }),
  fc.record({ type: fc.constant('phase-started'), at: count, phase }),
  fc.record({ type: fc.constant('phase-ended'), at: count, phase, durationMs: number }),
  fc.record({ type: fc.constant('warned'), at: count, warning: fc.record({ code: string, text }) }),
  fc.record({ type: fc.constant('step-started'), at: count, step: id, text, attempt: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant('typed'), at: count, step: id, place: string, command: string, times: count, why: text }),
  fc.record({ type: fc.constant('step-retaken'), at: count, step: id, attempt: fc.integer({ min: 2, max: 3 }), why: text }),
  fc.record({
    type: fc.constant('claim-judged'),
    at: count,
    step: id,
    claim: id,
    says: text,
    check: string,
    verdict,
    attempt: fc.integer({ min: 1, max: 3 }),
    source,
  }),
  fc.record({ type: fc.constant('step-ended'), at: count, step: id, durationMs: number }),
  fc.record({ type: fc.constant('break-started'), at: count, step: id, claim: id, break: id, says: text }),
  fc.record({
    type: fc.constant('break-judged'),
    at: count,
    outcome: fc.record(
      {
        step: id,
        claim: id,
        break: id,
        becauseOf: string,
        status: fc.constantFrom('proven', 'not-proven', 'inconclusive'),
        why: text,
        broken: verdict,
      },
      { requiredKeys: ['step', 'claim', 'break', 'becauseOf', 'status', 'why'] },
    ),
    source,
  }),
  fc.record({ type: fc.constant('left-out'), at: count, cluster: string, labs: fc.array(id, { maxLength: 3 }), why: text }),
  fc.record({ type: fc.constant('kept'), at: count, enter: fc.array(string, { maxLength: 3 }), end: fc.array(string, { maxLength: 3 }) }),
  fc.record(
    {
      type: fc.constant('run-ended'),
      at: count,
      lab: id,
      totals,
      breaks: fc.record({ proven: count, notProven: count, inconclusive: count }),
      exitCode: fc.constantFrom(...Object.values(exitCodes)),
      error: fc.record({ message: string, hint: string, source }, { requiredKeys: ['message'] }),
      folder: string,
    },
    { requiredKeys: ['type', 'at', 'lab', 'totals', 'breaks', 'exitCode', 'folder'] },
  ),
);
const events = fc.array(event, { maxLength: 25 });
const language = fc.constantFrom('en', 'ko');

t.test('console: any sequence of events is shown, and none of its texts steers the terminal', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      events,
      language,
      fc.constantFrom(undefined, 1, 40, 100),
      fc.boolean(),
      async (sequence, language, columns, unicode) => {
        const { stdout, stderr } = await report(createConsoleReporter, sequence, {
          language,
          unicode,
          ...(columns === undefined ? {} : { columns }),
        });
        return !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(stdout + stderr);
      },
    ),
    { numRuns: 100 },
  );
  t.pass('it never threw');
});

t.test('json: any sequence of events is a document of the schema', async (t) => {
  await fc.assert(
    fc.asyncProperty(events, async (sequence) => {
      const { stdout } = await report(createJsonReporter, sequence);
      reportSchema.parse(JSON.parse(stdout));
    }),
    { numRuns: 100 },
  );
  t.pass('it never threw');
});

t.test('tap: any sequence of events is TAP that a strict parser understands, and its points add up', async (t) => {
  await fc.assert(
    fc.asyncProperty(events, language, async (sequence, language) => {
      const { stdout } = await report(createTapReporter, sequence, { language });
      const problems: string[] = [];
      let diagnostics = 0;
      const watch = (parser: Parser) => {
        parser.on('extra', (line: string) => problems.push(`not TAP: ${line}`));
        parser.on('child', watch);
        parser.on('assert', (point: { diag?: unknown; tapError?: string }) => {
          if (point.tapError !== undefined && point.tapError !== null) problems.push(point.tapError);
          if (point.diag !== undefined && point.diag !== null) diagnostics += 1;
        });
        parser.on('complete', (final: { failures: { tapError?: string }[] }) => {
          for (const { tapError } of final.failures) if (tapError !== undefined && tapError !== null) problems.push(tapError);
        });
      };
      const parser = new Parser({ strict: true });
      watch(parser);
      parser.end(stdout);
      // A diagnostics block that is not YAML is dropped by the parser, so it would be missed here.
      const blocks = stdout.match(/^( *)(?:not )?ok .*\n\1 {2}---$/gm)?.length ?? 0;
      if (problems.length > 0 || blocks !== diagnostics)
        throw new Error(`${problems.join('; ')} (${blocks} blocks, ${diagnostics} read)\n${stdout}`);
    }),
    { numRuns: 100 },
  );
  t.pass('every one was understood');
});

t.test('junit: any sequence of events is well-formed XML whose counts add up, and never green where nothing was judged', async (t) => {
  await fc.assert(
    fc.asyncProperty(events, language, async (sequence, language) => {
      const { stdout } = await report(createJunitReporter, sequence, { language });
      const root = parsedXml(stdout);
      const cases = root.children.flatMap((suite) => suite.children.filter(({ name }) => name === 'testcase'));
      for (const [group, members] of [
        [root, cases],
        ...root.children.map((suite) => [suite, suite.children.filter(({ name }) => name === 'testcase')] as const),
      ] as const) {
        const having = (outcome: string) => members.filter(({ children }) => children.some(({ name }) => name === outcome)).length;
        const counted = [members.length, having('failure'), having('error'), having('skipped')].join();
        const { tests, failures, errors, skipped } = group.attributes;
        if (counted !== [tests, failures, errors, skipped].join()) throw new Error(`${counted}\n${stdout}`);
        if (members.length === 0) throw new Error(`an empty suite\n${stdout}`);
      }
      const judged = sequence.some(({ type }) => type === 'claim-judged' || type === 'break-judged');
      if (!judged && root.attributes['errors'] === '0') throw new Error(`green\n${stdout}`);
    }),
    { numRuns: 200 },
  );
  t.pass('every one was read');
});

t.test('github: any sequence of events is lines of workflow commands, at most ten of a type', async (t) => {
  await fc.assert(
    fc.asyncProperty(events, language, async (sequence, language) => {
      const { stdout } = await report(createGithubReporter, sequence, { language });
      const lines = stdout.split('\n').slice(0, -1);
      for (const type of ['error', 'warning', 'notice']) {
        if (lines.filter((line) => line.startsWith(`::${type} `)).length > 10) throw new Error(`too many\n${stdout}`);
      }
      // file, line, col and title, and in none of them what would end it.
      const shape = /^::(?:error|warning|notice) (?:file=[^:,\r]*,line=\d+,col=\d+,)?title=[^:,\r]*::[^\r]*$/u;
      const wrong = lines.filter((line) => !shape.test(line));
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    }),
    { numRuns: 200 },
  );
  t.pass('every one was read');
});

t.test('markdown: any sequence of events stays under any limit, and no text is markup', async (t) => {
  await fc.assert(
    fc.asyncProperty(events, language, fc.integer({ min: 0, max: 5000 }), async (sequence, language, maxBytes) => {
      const { stdout } = await report(createMarkdownReporter, sequence, { language, maxBytes });
      if (Buffer.byteLength(stdout) > maxBytes) throw new Error(`${Buffer.byteLength(stdout)} > ${maxBytes}`);
      const whole = (await report(createMarkdownReporter, sequence, { language })).stdout;
      const outside = whole.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '').replace(/<\/?(?:details|summary)>|<br>/g, '');
      if (/[<@[\]`\\]|:\/\//.test(outside)) throw new Error(outside);
    }),
    { numRuns: 200 },
  );
  t.pass('every one was short enough');
});
