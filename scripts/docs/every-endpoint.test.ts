import t from 'tap';
import { judged, outcome } from '../../src/checks/testing/stage.js';
import { connections } from '../../src/checks/testing/traffic.js';
import { everyEndpointCheck } from './every-endpoint.js';

const options = { service: 'service', atLeast: 2 };

t.test('every endpoint answered', async (t) => {
  const verdict = judged(everyEndpointCheck, options, { connections: connections(6) });
  t.equal(verdict.status, 'pass');
  t.equal(verdict.seen.en, 'webpod1 2, webpod2 2, webpod3 2');
});

t.test('one endpoint is left out, or there is none', async (t) => {
  const firstTwo = connections(6, (index) => index % 2);
  t.equal(outcome(judged(everyEndpointCheck, options, { connections: firstTwo })), 'too-few');
  t.equal(outcome(judged(everyEndpointCheck, options, { connections: [] })), 'too-few', 'nothing seen is never a pass');
});

t.test('without its evidence', async (t) => {
  t.equal(outcome(judged(everyEndpointCheck, options, { without: ['answers'] })), 'inconclusive');
});
