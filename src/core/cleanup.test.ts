import t from 'tap';
import { CleanupStack } from './cleanup.js';

t.test('last in, first out, one after the other', async (t) => {
  const done: string[] = [];
  const stack = new CleanupStack();
  stack.add('first', () => void done.push('first'));
  stack.add('second', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done.push('second');
  });
  const resource = { [Symbol.asyncDispose]: async () => void done.push('resource') };
  t.equal(stack.use('a resource', resource), resource);
  await stack.run();
  t.same(done, ['resource', 'second', 'first']);
  await stack.run();
  t.equal(done.length, 3, 'each is undone once');
});

t.test('one that fails does not keep the others from being undone', async (t) => {
  const done: string[] = [];
  const stack = new CleanupStack();
  stack.add('the cluster', () => void done.push('the cluster'));
  stack.add('a rule', () => {
    throw new Error('gone already');
  });
  stack.add('a capture', () => Promise.reject('no reason'));
  const error = await stack.run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AggregateError)) throw new Error('it fails with all that failed');
  t.equal(error.message, 'could not undo a capture: no reason; could not undo a rule: gone already');
  t.equal(error.errors.length, 2);
  t.same(done, ['the cluster']);
});

t.test('what is added meanwhile is undone too, and leaving the block does it', async (t) => {
  const done: string[] = [];
  {
    await using stack = new CleanupStack();
    stack.add('outer', () => stack.add('inner', () => void done.push('inner')));
  }
  t.same(done, ['inner']);
});
