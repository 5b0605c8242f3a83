import t from 'tap';
import { podProbe } from './pod-probe.js';

const pod = (...states: readonly (object | undefined)[]) => ({
  spec: { nodeName: 'n', ephemeralContainers: [{ name: 'debugger-x' }, ...states.map((_, i) => ({ name: name(i) }))] },
  status: { ephemeralContainerStatuses: states.flatMap((state, i) => (state === undefined ? [] : [{ name: name(i), state }])) },
});
const name = (i: number): string => (i === 0 ? 'svclab-probe' : `svclab-probe-${i + 1}`);

t.test('the probe of a pod: the one that runs, the one that starts, or one to be made beside those that have ended', async (t) => {
  t.same(podProbe({ spec: { nodeName: 'n' } }), { node: 'n', container: 'svclab-probe', state: 'none' });
  t.same(podProbe(pod()), { node: 'n', container: 'svclab-probe', state: 'none' });
  t.same(podProbe(pod(undefined)), { node: 'n', container: 'svclab-probe', state: 'starting' });
  t.same(podProbe(pod({ waiting: {} })), { node: 'n', container: 'svclab-probe', state: 'starting' });
  t.same(podProbe(pod({ running: {} })), { node: 'n', container: 'svclab-probe', state: 'running' });
  t.same(podProbe(pod({ terminated: {} })), { node: 'n', container: 'svclab-probe-2', state: 'none' });
  t.same(podProbe(pod({ terminated: {} }, { running: {} })), { node: 'n', container: 'svclab-probe-2', state: 'running' });
});
