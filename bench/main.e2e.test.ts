import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import t from 'tap';

const program = fileURLToPath(new URL('./main.js', import.meta.url));

// A whole bench, on a machine that may be busy.
t.setTimeout(110_000);

t.test('a benchmark is taken, shown, and its raw figures are kept', async (t) => {
  const out = await mkdtemp(join(tmpdir(), 'svclab-bench-'));
  t.teardown(() => rm(out, { recursive: true, force: true }));
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, 'curl', '--runs', '1', '--out', out], { reject: false });
  t.equal(exitCode, 0, stderr);
  t.match(
    stdout,
    /^curl: one new connection .*\n {2}ms, 1 rounds .*\n {2}one curl process for all +\d[\s\S]*\n {2}one curl process each +\d/m,
  );
  t.notMatch(stdout, 'failed:');
  const [file = ''] = await readdir(out);
  t.match(JSON.parse(await readFile(join(out, file), 'utf8')), {
    benchmarks: [{ name: 'curl', rounds: [{ 'one curl process for all': Number }] }],
  });
});

t.test('a benchmark that there is not', async (t) => {
  const { exitCode, stderr } = await execa(process.execPath, [program, 'no-such'], { reject: false });
  t.equal(exitCode, 2);
  t.match(stderr, /^bench: .*no-such/);
});
