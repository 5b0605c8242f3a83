import fc from 'fast-check';
import t from 'tap';
import { isPod, isService } from '../objects/guards.js';
import { loadManifests } from '../objects/manifests.js';
import { type GeneratedSet, generatedSet, withoutClashes } from './generate.js';

// A busy machine takes its time.
t.setTimeout(120_000);

const nodes = ['n', 'n-worker', 'n-worker2'];
const embedded = { isKnownImage: () => true, knownImages: [] };

function load(set: GeneratedSet) {
  return loadManifests([...set.pods, ...set.services.map(({ manifest }) => manifest)], { embedded });
}

t.test('every seed gives objects that the API server takes and the embedded cluster honours whole', async (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 12 }), (seed, count) => {
      const { objects, warnings } = load(generatedSet(seed, count, nodes));
      const services = objects.filter(isService).map(({ metadata }) => metadata.name);
      return warnings.length === 0 && services.length === count && objects.filter(isPod).length === 13;
    }),
    { numRuns: 25 },
  );
  t.pass();
});

t.test('the same seed gives the same, another seed something else, and the first of more are the same', async (t) => {
  const set = generatedSet(7, 40, nodes);
  t.same(generatedSet(7, 40, nodes), set);
  t.same(generatedSet(7, 10, nodes).services, set.services.slice(0, 10));
  t.not(JSON.stringify(generatedSet(8, 40, nodes).services), JSON.stringify(set.services));
});

t.test('without clashes, no external address and port is claimed twice, and nothing else is left out', async (t) => {
  const claims = (set: GeneratedSet) =>
    load(set)
      .objects.filter(isService)
      .map(({ metadata, spec }) => ({
        name: metadata.name,
        own: (spec.externalIPs ?? []).flatMap((ip) => (spec.ports ?? []).map(({ protocol, port }) => `${ip} ${protocol} ${port}`)),
      }));
  const set = generatedSet(2, 60, nodes);
  const kept = claims(withoutClashes(set));
  const all = kept.flatMap(({ own }) => own);
  t.equal(new Set(all).size, all.length);
  const left = claims(set).filter(({ name }) => !kept.some((one) => one.name === name));
  t.ok(left.length > 0);
  t.ok(left.every(({ own }) => own.some((claim) => all.includes(claim))));
});

t.test('a hundred Services of one seed have everything that the real kube-proxy is to be asked', async (t) => {
  const { objects } = load(generatedSet(1, 100, nodes));
  const services = objects.filter(isService);
  const pods = objects.filter(isPod);
  const some = (what: string, holds: (service: (typeof services)[number]) => boolean): void => {
    const count = services.filter(holds).length;
    t.ok(count >= 3 && count < services.length, `${what}: ${count}`);
  };
  for (const type of ['ClusterIP', 'NodePort', 'LoadBalancer']) some(type, ({ spec }) => spec.type === type);
  some('headless', ({ spec }) => spec.clusterIP === 'None');
  some('external addresses', ({ spec }) => spec.externalIPs !== undefined);
  some('several ports', ({ spec }) => (spec.ports ?? []).length > 1);
  some('UDP', ({ spec }) => (spec.ports ?? []).some(({ protocol }) => protocol === 'UDP'));
  some('one number over TCP and UDP', ({ spec }) => new Set(spec.ports?.map(({ port }) => port)).size < (spec.ports ?? []).length);
  some('named target ports', ({ spec }) => (spec.ports ?? []).some(({ targetPort }) => targetPort === 'http'));
  some('affinity', ({ spec }) => spec.sessionAffinity === 'ClientIP');
  some('affinity for a second', ({ spec }) => spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === 1);
  some('internal Local', ({ spec }) => spec.internalTrafficPolicy === 'Local');
  some('external Local', ({ spec }) => spec.externalTrafficPolicy === 'Local');
  some('not ready addresses', ({ spec }) => spec.publishNotReadyAddresses === true);
  some('no node ports', ({ spec }) => spec.allocateLoadBalancerNodePorts === false);
  const endpoints = (name: string): number => pods.filter(({ metadata }) => metadata.labels?.[name] === 'y').length;
  for (const count of [0, 1, 2]) some(`${count} endpoints`, ({ metadata }) => endpoints(metadata.name) === count);
  t.ok(services.some(({ metadata }) => endpoints(metadata.name) > 5));
  const waiting = pods.filter(({ spec }) => spec.readinessGates !== undefined).length;
  t.ok(waiting > 0 && waiting < 8, `${waiting} pods wait for a condition`);
  t.same([...new Set(pods.map(({ spec }) => spec.nodeName))].sort(), nodes);
});
