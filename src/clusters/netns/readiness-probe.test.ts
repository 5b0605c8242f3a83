import t from 'tap';
import type { Pod } from '../../objects/kubernetes.js';
import { probeReadiness, type ReadinessProbe, readinessProbes } from './readiness-probe.js';

const quick: ReadinessProbe = {
  url: 'http://10.10.1.2:80/health',
  initialDelayMs: 0,
  periodMs: 0,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 1,
};

/** What a container is said to be, after each of these answers. */
async function told(probe: ReadinessProbe, ...statuses: readonly (number | undefined)[]): Promise<readonly (readonly [number, boolean])[]> {
  const ended = new AbortController();
  const changes: [number, boolean][] = [];
  let asked = 0;
  await probeReadiness(probe, {
    ask: async () => {
      if (asked === statuses.length) ended.abort();
      return statuses[asked++];
    },
    changed: async (ready) => {
      changes.push([asked, ready]);
    },
    signal: ended.signal,
  });
  return changes;
}

t.test('a container becomes ready, unready, and ready again', async (t) => {
  t.same(await told(quick, 503, 200, 200, 503, 503, undefined, 204), [
    [2, true],
    [4, false],
    [7, true],
  ]);
  t.same(await told(quick, 399, 400), [
    [1, true],
    [2, false],
  ]);
  t.same(await told(quick, 503, undefined), [], 'it is not ready to begin with');
});

t.test('thresholds count answers in a row', async (t) => {
  const slow = { ...quick, successThreshold: 2, failureThreshold: 3 };
  t.same(await told(slow, 200, 503, 200, 200, 503, 503, 200, 503, 503, 503), [
    [4, true],
    [10, false],
  ]);
});

t.test('an end before the first look', async (t) => {
  const ended = AbortSignal.abort();
  await probeReadiness(quick, { ask: () => t.fail('asked') as never, changed: async () => {}, signal: ended });
  t.pass('and none was taken');
});

t.test('what a manifest says, with its defaults', async (t) => {
  const podWith = (container: object): Pod =>
    ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'i', ...container }] } }) as Pod;
  const of = (container: object) => readinessProbes(podWith(container), '10.10.1.2');
  t.same(of({}), []);
  t.same(of({ readinessProbe: { exec: { command: ['true'] } } }), [], 'another kind is not honoured');
  t.same(of({ readinessProbe: { httpGet: { port: 8080 } } }), [
    {
      url: 'http://10.10.1.2:8080/',
      initialDelayMs: 0,
      periodMs: 10_000,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    },
  ]);
  const named = { ports: [{ name: 'web', containerPort: 81 }], readinessProbe: { httpGet: { port: 'web', path: 'ok' }, periodSeconds: 1 } };
  t.match(of(named), [{ url: 'http://10.10.1.2:81/ok', periodMs: 1000 }]);
});
