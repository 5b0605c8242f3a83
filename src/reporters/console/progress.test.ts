import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { waitFor } from '../../core/wait.js';
import { createConsoleReporter } from '../console.js';
import { happy, stoppedEarly } from '../fixtures/events.js';
import { MemoryOutput } from '../fixtures/memory-output.js';
import type { LoadSpinner, SpinnerOptions } from './progress.js';

t.test('on a terminal one spinner shows the phase, makes room for each line of the report, and ends with the run', async (t) => {
  const { load, log, options } = fakeSpinner();
  const { reporter, stderr } = consoleOn(90, load);
  for (const event of happy.slice(0, 8)) reporter.on(event);
  await sleep(250);
  t.same(log, ['load', 'create steps · stage', 'start']);
  t.match(options()?.suffixText(), /^0\.\d\d s$/);
  t.match(options(), { discardStdin: false, color: false });
  reporter.on({ type: 'step-started', at: 200, step: 'wire', text: { en: 'Follow.', ko: '따라간다.' }, attempt: 1 });
  t.same(log.slice(3), ['text steps · wire', 'start', 'clear']);
  for (const event of happy.slice(-2)) reporter.on(event);
  await reporter.end();
  t.equal(log.at(-1), 'stop after clear', 'the summary stands where the spinner was');
  t.notMatch(stderr.text, /steps/, 'no plain lines beside the spinner');
});

t.test('what a phase does is on the spinner, or on a line of its own where there is no terminal', async (t) => {
  const { load, log } = fakeSpinner();
  const terminal = consoleOn(90, load);
  const file = consoleOn(undefined, load);
  for (const { reporter } of [terminal, file]) {
    for (const event of happy.slice(0, 2)) reporter.on(event);
    reporter.on({ type: 'progressed', at: 5, text: { en: 'preparing nodes', ko: '노드 준비' } });
  }
  await sleep(250);
  t.ok(log.includes('create cluster · preparing nodes'), String(log));
  t.match(file.stderr.text, /^ {2}· preparing nodes$/m);
  t.notMatch(terminal.stderr.text, /preparing/);
  await Promise.all([terminal.reporter.end(), file.reporter.end()]);
});

t.test('a short run loads no spinner', async (t) => {
  const { load, log } = fakeSpinner();
  const { reporter } = consoleOn(90, load);
  for (const event of happy) reporter.on(event);
  await reporter.end();
  await sleep(250);
  t.same(log, []);
});

t.test('a spinner that cannot be loaded, or that knows its terminal too dumb, is left out', async (t) => {
  const dumb = fakeSpinner(false);
  for (const load of [dumb.load, () => Promise.reject(new Error('no such module'))]) {
    const { reporter, stdout } = consoleOn(90, load);
    for (const event of happy.slice(0, 8)) reporter.on(event);
    await sleep(250);
    for (const event of happy.slice(8)) reporter.on(event);
    await reporter.end();
    t.match(stdout.text, '6 claims: ✔ 6 pass');
  }
  t.notOk(dumb.log.includes('start'));
});

t.test('ora itself fits', async (t) => {
  // ora draws nothing where these are set; it looks when it is loaded, which is not yet.
  for (const name of Object.keys(process.env)) if (/^(CI|CI_.*|CONTINUOUS_INTEGRATION)$/.test(name)) delete process.env[name];
  const stderr = new MemoryOutput(90);
  const reporter = createConsoleReporter({
    stdout: new MemoryOutput(90),
    stderr: withCursor(stderr),
    language: 'en',
    color: false,
    unicode: true,
  });
  for (const event of happy.slice(0, 3)) reporter.on(event);
  // A frame of the spinner is a braille pattern.
  await waitFor('a frame of the spinner', () => (/[⠁-⣿]/.test(stderr.text) ? true : undefined), { intervalMs: 10, timeoutMs: 20_000 });
  for (const event of happy.slice(3)) reporter.on(event);
  await reporter.end();
  t.match(stderr.text, /cluster \d\.\d\d s/);
  t.match(stderr.text, /\u001b\[\?25h[^⠀-⣿]*$/, 'the cursor is shown again, and no frame is drawn after that');
});

t.test('without a terminal there are plain lines, and no spinner is loaded', async (t) => {
  const { load, log } = fakeSpinner();
  const { reporter, stderr } = consoleOn(undefined, load);
  for (const event of happy) reporter.on(event);
  await sleep(250);
  await reporter.end();
  t.same(log, []);
  t.match(stderr.text, /^· cluster …\n! warning: (?:.|\n)*\n· cluster 0\.12 s\n· workloads …\n· workloads 0\.06 s\n· steps …\n/);
});

t.test('messages wrap at the width of their own stream', async (t) => {
  const stderr = new MemoryOutput(60);
  const reporter = createConsoleReporter(
    { stdout: new MemoryOutput(), stderr, language: 'en', color: false, unicode: true },
    fakeSpinner().load,
  );
  for (const event of stoppedEarly) reporter.on(event);
  await reporter.end();
  t.equal(
    stderr.text,
    "✖ error: tcpdump on myk8s-worker2 ended before it was\n  listening\n  hint: 'svclab doctor' says what this machine lacks\n",
  );
});

function consoleOn(columns: number | undefined, load: LoadSpinner) {
  const [stdout, stderr] = [new MemoryOutput(columns), new MemoryOutput(columns)];
  return { reporter: createConsoleReporter({ stdout, stderr, language: 'en', color: false, unicode: true }, load), stdout, stderr };
}

function fakeSpinner(isEnabled = true) {
  const log: string[] = [];
  let given: SpinnerOptions | undefined;
  const load: LoadSpinner = async () => {
    log.push('load');
    return (options) => {
      given = options;
      log.push(`create ${options.text}`);
      return {
        isEnabled,
        set text(text: string) {
          log.push(`text ${text}`);
        },
        get text() {
          return '';
        },
        start: () => log.push('start'),
        stop: () => log.push(`stop after ${log.findLast((entry) => !entry.startsWith('stop'))}`),
        clear: () => log.push('clear'),
      };
    };
  };
  return { load, log, options: () => given };
}

/** The cursor movements of a tty.WriteStream, as far as ora uses them. */
function withCursor(output: MemoryOutput) {
  return Object.assign(output, {
    cursorTo: (column: number) => output.write(`\u001b[${column + 1}G`),
    moveCursor: (_: number, lines: number) => output.write(`\u001b[${-lines}A`),
    clearLine: () => output.write('\u001b[K'),
  });
}
