import t from 'tap';
import { provesItself } from '../testing/proof.js';

t.test('every claim is green, and every break turns its claim red for its reason', async (t) => {
  const { claims } = await provesItself(t, 'kindnet');
  const skipped = claims.flatMap(({ id, verdict }) => (verdict.status === 'skip' ? [id] : []));
  t.same(skipped, ['cni-config'], 'only a real cluster has a CNI config');
});
