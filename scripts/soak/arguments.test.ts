import t from 'tap';
import { UsageError } from '../../src/core/errors.js';
import { readArguments } from './arguments.js';

t.test('nothing said', async (t) => {
  t.same(readArguments([]), { lab: 'clusterip', runs: 20, cluster: 'netns', requests: undefined, out: undefined, help: false });
});

t.test('all said', async (t) => {
  const argv = ['other', '--runs', '200', '--cluster=kind', '--requests', '60', '--out', 'x'];
  t.same(readArguments(argv), { lab: 'other', runs: 200, cluster: 'kind', requests: 60, out: 'x', help: false });
});

t.test('what makes no sense is refused', async (t) => {
  for (const argv of [['--runs', '0'], ['--runs=many'], ['--requests=-1'], ['--cluster', 'minikube'], ['a', 'b'], ['--fast']])
    t.throws(() => readArguments(argv), UsageError, argv.join(' '));
});
