import t from 'tap';
import { didYouMean, nearest } from './suggest.js';

t.test('the nearest known word, if one is near', async (t) => {
  const known = ['check', 'claims', 'says', 'id', 'sessionAffinity'];
  t.equal(nearest('chek', known), 'check');
  t.equal(nearest('hceck', known), 'check', 'two letters swapped are one mistake');
  t.equal(nearest('CLAIMS', known), 'claims');
  t.equal(nearest('sesionAfinity', known), 'sessionAffinity');
  t.equal(nearest('elephant', known), undefined);
  t.equal(nearest('xy', known), undefined, 'a short word is not near to every other short word');
  t.equal(nearest('ids', known), 'id');
  t.same(didYouMean('elephant', known), {});
  t.same(didYouMean('say', known), { hint: "did you mean 'says'?" });
});
