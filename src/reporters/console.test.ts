import stringWidth from 'string-width';
import t from 'tap';
import { createConsoleReporter } from './console.js';
import { happy, neverBegun, sabotage, stoppedEarly, unhappy } from './fixtures/events.js';
import { expectedText, report } from './fixtures/memory-output.js';

const cases = [
  { file: 'console-happy-en.txt', events: happy, options: {} },
  { file: 'console-happy-ko.txt', events: happy, options: { language: 'ko' } },
  { file: 'console-happy-ascii.txt', events: happy, options: { unicode: false } },
  { file: 'console-happy-color.txt', events: happy, options: { color: true } },
  { file: 'console-happy-narrow.txt', events: happy, options: { columns: 60 } },
  { file: 'console-unhappy-en.txt', events: unhappy, options: {} },
  { file: 'console-unhappy-ko-narrow.txt', events: unhappy, options: { language: 'ko', columns: 60 } },
  { file: 'console-stopped-early-en.txt', events: stoppedEarly, options: {} },
  { file: 'console-stopped-early-ko.txt', events: stoppedEarly, options: { language: 'ko' } },
  { file: 'console-never-begun-en.txt', events: neverBegun, options: {} },
  { file: 'console-sabotage-en.txt', events: sabotage, options: { program: 'npm run -s svclab --' } },
  { file: 'console-sabotage-ko.txt', events: sabotage, options: { language: 'ko' } },
] as const;

for (const { file, events, options } of cases) {
  t.test(file, async (t) => {
    const { stdout, stderr } = await report(createConsoleReporter, events, options);
    t.equal(`${stdout}--- stderr\n${stderr}`, expectedText(file));
  });
}

t.test('without colour there is no escape sequence, whatever a pod answered', async (t) => {
  for (const events of [happy, unhappy, stoppedEarly, sabotage]) {
    const { stdout, stderr } = await report(createConsoleReporter, events);
    t.notMatch(stdout + stderr, /\u001b/);
  }
});

t.test('with colour only colours are set, and each is ended in its line', async (t) => {
  for (const events of [happy, unhappy, sabotage]) {
    const { stdout } = await report(createConsoleReporter, events, { color: true });
    for (const line of stdout.split('\n')) {
      const codes = line.match(/\u001b[^m]*m/g) ?? [];
      t.ok(
        codes.every((code, index) => (index % 2 === 1 ? code === '\u001b[0m' : /^\u001b\[[\d;]+m$/.test(code) && code !== '\u001b[0m')),
        JSON.stringify(line),
      );
      t.equal(codes.length % 2, 0);
    }
  }
});

t.test('no line is longer than the terminal, but for commands, which stay whole', async (t) => {
  for (const columns of [60, 80, 100]) {
    for (const language of ['en', 'ko'] as const) {
      for (const events of [happy, unhappy, stoppedEarly, sabotage]) {
        const { stdout } = await report(createConsoleReporter, events, { columns, language });
        const tooLong = stdout.split('\n').filter((line) => stringWidth(line) > columns && !line.includes('$ '));
        t.same(tooLong, [], `${columns} columns, ${language}`);
      }
    }
  }
});

t.test('very wide terminals get lines that can still be read', async (t) => {
  const { stdout } = await report(createConsoleReporter, happy, { columns: 400 });
  t.equal(Math.max(...stdout.split('\n').map((line) => stringWidth(line))), 120);
});

t.test('what is shown comes as the run goes on', async (t) => {
  const seen: number[] = [];
  for (const count of [1, 8, 12, 19, happy.length]) {
    const { stdout } = await report(
      (options) => {
        const reporter = createConsoleReporter(options);
        return { on: reporter.on.bind(reporter), end: async () => {} };
      },
      happy.slice(0, count),
    );
    seen.push(stdout.length);
  }
  t.same(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  t.equal(new Set(seen).size, seen.length, 'each part of the run added to the report');
});

t.test('two labs are two reports', async (t) => {
  const one = await report(createConsoleReporter, happy);
  const two = await report(createConsoleReporter, [...happy, ...happy]);
  t.equal(two.stdout, one.stdout + one.stdout);
});

t.test('a program that breaks off is summed up all the same', async (t) => {
  const { stdout } = await report(createConsoleReporter, happy.slice(0, 12));
  t.match(stdout, '2 of 6 claims were judged: ✔ 2 pass');
  t.match(stdout, 'the run stopped early');
  t.notMatch(stdout, /^ {2}exit/m);
});

t.test('nothing that happened is nothing to report', async (t) => {
  t.same(await report(createConsoleReporter, []), { stdout: '', stderr: '' });
});
