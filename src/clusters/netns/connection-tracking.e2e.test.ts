import t from 'tap';
import { UnmetError } from '../../core/errors.js';
import { startHolder } from '../../exec/testing/sandbox.js';
import { loadConnectionTracking } from './connection-tracking.js';
import { inNode } from './inside.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(120_000);

const holder = await startHolder();
t.teardown(() => holder[Symbol.asyncDispose]());

/** Looks as on a machine where it is there from that look on. */
function thereFrom(look: number): { readonly isThere: () => boolean; looks: number } {
  const asked = { looks: 0, isThere: () => ++asked.looks >= look };
  return asked;
}

t.test('nothing is done where it is there', async (t) => {
  const asked = thereFrom(1);
  await loadConnectionTracking(holder, asked.isThere);
  t.equal(asked.looks, 1);
});

t.test('where it is not, a rule has it loaded, and no rule stays', async (t) => {
  const asked = thereFrom(2);
  await loadConnectionTracking(holder, asked.isThere);
  t.equal(asked.looks, 2);
  t.equal(await inNode(holder, '', ['nft', 'list', 'ruleset']), '');
});

t.test('a kernel that has none is told of, with what to do', async (t) => {
  const lacking = loadConnectionTracking(holder, () => false);
  await t.rejects(lacking, { name: UnmetError.name, message: 'the kernel has no connection tracking', hint: /modprobe nf_conntrack/ });
});
