import t from 'tap';
import { askAgain, untilDone } from './interrupt.js';

t.test('the second interrupt waits for who asks for patience, and the third does not', async (t) => {
  const { signal } = new AbortController();
  let told = 0;
  untilDone(signal, () => {
    told += 1;
  });
  t.equal(askAgain(signal), true);
  t.equal(askAgain(signal), false);
  t.equal(told, 1);
});

t.test('nobody is waited for who has done', async (t) => {
  const { signal } = new AbortController();
  t.equal(askAgain(signal), false);
  untilDone(signal, () => t.fail('it had done'))();
  t.equal(askAgain(signal), false);
});
