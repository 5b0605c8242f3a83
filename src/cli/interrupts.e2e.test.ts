import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { waitFor } from '../core/wait.js';
import { machineState, processesIn, type SandboxNamespaces, sandboxOf, ticksNow } from './testing/machine.js';
import { start, temporaryFolder } from './testing/svclab.js';

/** What the program says when it comes to each part of a run. */
const moments = ['· cluster', '· workloads', '1 stage', '2 reach', '3 wire', '4 rules', '5 spread', 'sabotage', 'relabelled', 'cleanup'];

/** The last moment needs a run that comes to its end soon. */
const breaksUntil = (moment: string): string => (moment === 'cleanup' ? 'relabelled' : 'all');

const before = await machineState();

for (const moment of moments) {
  t.test(`Ctrl-C at '${moment}' keeps the evidence and leaves nothing`, async (t) => {
    const out = await temporaryFolder(t);
    const run = start(['run', 'clusterip', '--out', out, '--sabotage', breaksUntil(moment)]);
    const sandbox = watchSandbox(run);
    await run.says(moment);
    run.kill('SIGINT');
    const end = await run.finished;
    // At the very end the run may be over before the signal is heard.
    if (moment !== 'cleanup') t.equal(end.exitCode, 130, end.stderr);
    else t.ok(end.exitCode === 130 || end.exitCode === 0, `exit code ${end.exitCode}`);
    t.notMatch(end.stderr, /\n\s+at /, 'no stack trace');
    await nothingLeft(t, await sandbox);
    const [folder = ''] = (await readdir(out)).filter((name) => name !== 'latest');
    const manifest: { observations: unknown[]; files: Record<string, unknown> } = JSON.parse(
      await readFile(join(out, folder, 'manifest.json'), 'utf8'),
    );
    t.ok(Object.hasOwn(manifest.files, 'lab/clusterip/lab.yaml') || moment === '· cluster', 'the folder is sealed, with the lab in it');
    if (moment === '4 rules') t.ok(manifest.observations.length >= 6, 'with what was observed until then');
  });
}

t.test('SIGTERM ends a run in order too', async (t) => {
  const out = await temporaryFolder(t);
  const run = start(['run', 'clusterip', '--out', out]);
  const sandbox = watchSandbox(run);
  await run.says('3 wire');
  run.kill('SIGTERM');
  t.equal((await run.finished).exitCode, 143);
  await nothingLeft(t, await sandbox);
});

for (const moment of ['· cluster', '· workloads', '3 wire', '5 spread', 'relabelled']) {
  t.test(`SIGKILL at '${moment}' leaves no process and no namespace`, async (t) => {
    const out = await temporaryFolder(t);
    const run = start(['run', 'clusterip', '--out', out, '--sabotage', breaksUntil(moment)]);
    const sandbox = watchSandbox(run);
    await run.says(moment);
    run.kill('SIGKILL');
    t.equal((await run.finished).signal, 'SIGKILL');
    await nothingLeft(t, await sandbox);
  });
}

t.test('the machine itself is as it was', async (t) => {
  t.same(await machineState(), before);
});

/** Looks for the sandbox from the start, since a run may be over soon. */
async function watchSandbox(run: { readonly pid: number; readonly finished: Promise<unknown> }): Promise<SandboxNamespaces | undefined> {
  let over = false;
  run.finished.then(() => {
    over = true;
  });
  return waitFor<{ found: SandboxNamespaces | undefined }>(
    'a sandbox',
    async () => {
      const found = await sandboxOf(run.pid);
      return found !== undefined || over ? { found } : undefined;
    },
    { intervalMs: 1, timeoutMs: 20_000 },
  ).then(({ found }) => found);
}

async function nothingLeft(t: Test, sandbox: SandboxNamespaces | undefined): Promise<void> {
  if (sandbox === undefined) {
    t.comment('it ended before it had a sandbox');
    return;
  }
  const ended = await ticksNow();
  // The kernel takes a killed PID namespace down on its own; svclab waits for that only where it ends by itself.
  const none = await waitFor('the end of the sandbox', async () => ((await processesIn(sandbox, ended)).length === 0 ? true : undefined), {
    intervalMs: 5,
    timeoutMs: 10_000,
  });
  t.equal(none, true, 'no process is left in the sandbox');
}
