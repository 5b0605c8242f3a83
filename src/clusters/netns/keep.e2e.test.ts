import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { z } from 'zod';
import { Child } from './testing/child.js';
import { startCluster } from './testing/course-cluster.js';
import { allGone, familyOf, hostState } from './testing/host-state.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const keptSchema = z.object({ enter: z.array(z.string()), end: z.array(z.string()) });

/** As a person would: the words, joined by blanks, in a shell. */
async function typed(
  words: readonly string[],
  input: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const shell = spawn('sh', ['-c', words.join(' ')], { env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } });
  const ended = new Promise<number | null>((resolve) => shell.on('close', resolve));
  shell.stdin.on('error', () => {});
  shell.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([text(shell.stdout), text(shell.stderr), ended]);
  return { code, stdout, stderr };
}

t.test('a kept cluster lives on, is entered, and ended', async (t) => {
  const untouched = hostState();
  const child = new Child('kept', t.testdir());
  const kept = await child.hears((said) => keptSchema.safeParse(said).data);
  t.equal(await child.ended, 0, 'the program ends by itself');
  const holder = Number(kept.end.at(-1));
  const family = familyOf(holder);
  t.teardown(() => typed(kept.end, ''));
  t.ok(family.processes.length >= 3, 'the cluster goes on');

  const shell = await typed(
    kept.enter,
    'ip -o -4 addr show eth0; ip netns list | wc -l; curl -sS http://10.10.1.2/ | head -1; iptables-save -t nat | grep -c KUBE-SVC; ls /proc | grep -c "^1$"\n',
  );
  const [address, namespaces, answer, rules, first] = shell.stdout.split('\n');
  t.equal(shell.stderr, '');
  t.match(address, /inet 172\.18\.0\.2\/16/);
  t.equal(namespaces?.trim(), '9', 'four nodes, four pods, the outside client');
  t.match(answer, /^Hostname: webpod1/);
  t.ok(Number(rules) > 3, 'iptables works there');
  t.equal(first, '1');

  t.match(
    await typed([...kept.enter.slice(0, 2), 'mypc', 'curl', '-sS', '172.18.0.2:1'], ''),
    { code: 7, stderr: /onnect/ },
    'any command, anywhere, with its exit code',
  );
  t.match(await typed([...kept.enter.slice(0, 2), 'nowhere'], ''), { code: 255, stderr: /nowhere/ });

  t.match(await typed(kept.end, ''), { code: 0, stderr: '' });
  await allGone(family);
  t.equal(hostState(), untouched);
});

t.test('disposing of what was kept leaves it, and a cluster without a pod is kept too', async (t) => {
  const cluster = await startCluster({ publish: true, state: t.testdir() });
  const kept = await cluster.keep();
  t.teardown(() => typed(kept.end, ''));
  await cluster[Symbol.asyncDispose]();
  const family = familyOf(Number(kept.end.at(-1)));
  t.match(await typed(kept.enter, 'ip route | grep -c 10.10\n'), { stdout: '3\n' });
  await typed(kept.end, '');
  await allGone(family);
});
