import t from 'tap';
import { provesItself } from '../testing/proof.js';

// A busy machine takes its time.
t.setTimeout(240_000);

t.test('every claim is green or skipped for want of ip_vs, and every break turns its claim red for its reason', async (t) => {
  const { claims, breaks } = await provesItself(t, 'proxy-modes');
  for (const { id, verdict } of claims) if (verdict.status === 'skip') t.match([id, verdict.seen.en], [/^ipvs-/, /^proxy mode ipvs: /]);
  t.ok(breaks.length >= 16);
});
