import t from 'tap';
import { EnvironmentError } from '../../core/errors.js';
import type { Executor, Place } from '../../core/executor.js';
import { reachAhead } from './reach-ahead.js';
import { showing } from './testing/fake-api.js';
import { answering } from './testing/fake-local.js';

/** @param specs what the API server shows of the pod, look by look; the last for ever. */
function reaching(specs: readonly (Readonly<Record<string, unknown>> | undefined)[], ran: string[]) {
  let looks = 0;
  const get = async (): Promise<unknown> => {
    const spec = specs[Math.min(looks++, specs.length - 1)];
    if (spec === undefined) throw new EnvironmentError('pods "p" not found');
    return { spec, status: { phase: 'Pending' } };
  };
  const at = (place: Place): Executor => ({
    ...answering({}),
    run: async (argv, options) => {
      ran.push(`${place}: ${argv.join(' ')} after ${looks}`);
      return answering({ true: '' }).run(argv, options);
    },
  });
  return { tools: { api: showing(get) }, sidecars: { at } };
}

const never = new AbortController().signal;

t.test('a pod is reached when it has a node, and not before', async (t) => {
  const ran: string[] = [];
  await reachAhead('pod/default/p', { ...reaching([undefined, {}, { nodeName: 'n' }], ran), signal: never });
  t.same(ran, ['pod/default/p: true after 3']);
});

t.test('a client outside is there at once', async (t) => {
  const ran: string[] = [];
  await reachAhead('client/mypc', { ...reaching([{}], ran), signal: never });
  t.same(ran, ['client/mypc: true after 0']);
});

t.test('a pod that comes to no node is left alone when all else has settled', async (t) => {
  const ran: string[] = [];
  const settled = new AbortController();
  const reached = reachAhead('pod/default/p', { ...reaching([{}], ran), signal: settled.signal });
  settled.abort();
  await reached;
  t.same(ran, []);
});

t.test('what goes wrong there is told by the first who needs the place', async (t) => {
  const failing = { at: (): Executor => ({ ...answering({}), run: () => Promise.reject(new EnvironmentError('no such container')) }) };
  await t.resolves(reachAhead('client/mypc', { ...reaching([], []), sidecars: failing, signal: never }));
});
