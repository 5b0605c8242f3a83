import t from 'tap';
import { waitFor } from './wait.js';

const options = { intervalMs: 1, timeoutMs: 5_000 };

t.test('gives what it finds, at the first look or a later one', async (t) => {
  t.equal(await waitFor('it', () => 0, options), 0, 'anything but undefined is found');
  let looks = 0;
  t.equal(await waitFor('it', async () => (++looks < 4 ? undefined : 'here'), options), 'here');
  t.equal(looks, 4);
  let failures = 0;
  const found = await waitFor('it', () => (++failures < 3 ? Promise.reject(new Error('not yet')) : true), options);
  t.ok(found, 'a look that fails is taken again');
});

t.test('says what it waited for, and what the last look said', async (t) => {
  await t.rejects(
    waitFor('the rules', () => undefined, { intervalMs: 1, timeoutMs: 20 }),
    { name: 'EnvironmentError', message: /^the rules did not come true within 0\.02 s$/ },
  );
  await t.rejects(
    waitFor('the rules', () => Promise.reject(new Error('node 3 is missing')), { intervalMs: 1, timeoutMs: 20 }),
    { message: 'the rules did not come true within 0.02 s: node 3 is missing' },
  );
  t.equal(await waitFor('it', () => 'at once', { intervalMs: 1, timeoutMs: 0 }), 'at once', 'one look is always taken');
  let looks = 0;
  await t.rejects(
    waitFor(
      'it',
      () => {
        if (++looks === 1) throw new Error('an old story');
      },
      { intervalMs: 1, timeoutMs: 30 },
    ),
    { message: /within 0\.03 s$/ },
    'only the last look counts',
  );
});

t.test('stops when it is told to', async (t) => {
  const aborting = new AbortController();
  const waiting = waitFor('it', () => undefined, { intervalMs: 60_000, timeoutMs: 60_000, signal: aborting.signal });
  const refusal = t.rejects(waiting, { message: 'interrupted' });
  aborting.abort(new Error('interrupted'));
  await refusal;
  let looked = false;
  await t.rejects(
    waitFor('it', () => (looked = true), { ...options, signal: AbortSignal.abort(new Error('before')) }),
    { message: 'before' },
  );
  t.notOk(looked);
});
