import t from 'tap';
import { provesItself } from '../testing/proof.js';

// Two breaks of the lab wait for time to pass, and a busy machine takes its own.
t.setTimeout(600_000);

t.test('every claim is green, and every break turns its claim red for its reason', async (t) => {
  await provesItself(t, 'distribution');
});
