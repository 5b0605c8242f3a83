import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { waitFor } from '../../core/wait.js';
import { Child } from './testing/child.js';
import { allGone, type Family, familyOf, hostState } from './testing/host-state.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

/** A program that is killed outright cannot clean up: the kernel does. */
const untouched = hostState();

/** Kills the program that has the cluster, and waits until all that it began is gone. */
async function killed(child: Child): Promise<Family> {
  const family = familyOf(child.pid);
  child.process.kill('SIGKILL');
  await child.ended;
  await allGone(family);
  return family;
}

for (const moment of ['spawned', 'wired', 'applied', 'capturing']) {
  t.test(`SIGKILL of the program that has it: ${moment}`, async (t) => {
    const child = new Child(moment);
    await child.hears((said) => (said === moment ? true : undefined));
    const family = await killed(child);
    t.ok(family.processes.length >= (moment === 'spawned' ? 2 : 3), family.processes.map(({ name }) => name).join(' '));
    t.equal(hostState(), untouched);
  });
}

t.test('SIGKILL at any moment of coming up', async (t) => {
  const seen = new Set<string>();
  for (const ms of [40, 80, 130, 200]) {
    const child = new Child('applied');
    await child.hears((said) => (said === 'spawned' ? true : undefined));
    await delay(ms);
    const family = await killed(child);
    for (const { name } of family.processes) seen.add(name);
  }
  t.ok(
    ['unshare', 'node'].every((name) => seen.has(name)),
    [...seen].join(' '),
  );
  t.equal(hostState(), untouched);
});

t.test('SIGKILL while links and rules are being made', async (t) => {
  const child = new Child('applied');
  const family = await waitFor(
    'a tool that wires',
    () => [familyOf(child.pid)].find(({ processes }) => processes.some(({ name }) => /^(ip|iptables)/.test(name))),
    {
      intervalMs: 1,
      timeoutMs: 10_000,
    },
  );
  t.ok(family.pidNamespaces.size === 1);
  await killed(child);
  t.equal(hostState(), untouched);
});
