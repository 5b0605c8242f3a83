import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { waitFor } from '../core/wait.js';
import { startHolder } from './testing/sandbox.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

t.test('a holder comes up, answers, and goes', async (t) => {
  const holder = await startHolder();
  t.ok(holder.pid > 1);
  const inside = await holder.insidePid();
  t.ok(existsSync(`/proc/${inside}`));
  t.equal(await holder.request({ op: 'namespaces', add: [] }), undefined);
  await t.rejects(holder.request({ op: 'remove-namespace', name: 'none' }), {
    name: 'EnvironmentError',
    message: 'there is no namespace none',
  });
  await holder[Symbol.asyncDispose]();
  t.notOk(existsSync(`/proc/${inside}`), 'gone when the disposing is over');
  await t.rejects(holder.request({ op: 'namespaces', add: [] }), { name: 'EnvironmentError' }, 'and answers no more');
  await holder[Symbol.asyncDispose]();
});

t.test('what cannot come up says why', async (t) => {
  const folder = t.testdir({});
  const script = (text: string): string => {
    const file = join(folder, 'program.mjs');
    writeFileSync(file, text);
    return file;
  };
  await t.rejects(startHolder({ script: script('throw new Error("no good");') }), {
    name: 'EnvironmentError',
    message: /the sandbox ended: [\s\S]*no good/,
  });
  await t.rejects(startHolder({ script: script('process.exit(7);') }), { message: 'the sandbox ended: exit code 7' });
  await t.rejects(startHolder({ script: script(''), env: { PATH: '/nowhere' } }), {
    name: 'EnvironmentError',
    message: /the sandbox ended: .*ENOENT/,
  });
});

t.test('one that hangs is ended by force', async (t) => {
  const file = join(t.testdir({}), 'program.mjs');
  // It is deaf to the closing of the channel, and so busy that no handler would help.
  writeFileSync(file, 'process.on("disconnect", () => { for (;;); }); process.on("message", () => {}); process.send({ event: "ready" });');
  const holder = await startHolder({ script: file });
  const inside = await holder.insidePid();
  const begun = performance.now();
  await holder[Symbol.asyncDispose]();
  t.ok(performance.now() - begun < 6_000);
  await waitFor('its end', () => (existsSync(`/proc/${inside}`) ? undefined : true), { intervalMs: 10, timeoutMs: 5_000 });
  t.pass();
});

t.test('what waits when it dies is told', async (t) => {
  const holder = await startHolder();
  const { pid } = holder;
  const waiting = holder.request({ op: 'run', command: { namespace: '', argv: ['sleep', '100'] }, timeoutMs: 100_000, tag: holder.tag() });
  const refusal = t.rejects(waiting, { name: 'EnvironmentError', exitCode: 4, message: /the sandbox ended/ });
  process.kill(pid, 'SIGKILL');
  await refusal;
  await t.rejects(holder.request({ op: 'namespaces', add: [] }), { name: 'EnvironmentError' });
  await holder[Symbol.asyncDispose]();
});
