import t from 'tap';
import { same } from '../core/text.js';
import type { Action, Lab, Observe, Step } from '../schema/lab.js';
import { placesAhead } from './places-ahead.js';

const source = { file: 'lab.yaml', line: 1, column: 1 };

function command(on: string, clusters?: readonly string[]): Action {
  return { kind: 'command', on, typed: 'true', argv: [], why: same(''), times: 1, meanwhile: [], clusters, source };
}

function observed(...on: string[]): Observe {
  return { name: 'seen', probe: 'capture', on, clusters: undefined, options: {}, templates: {}, source };
}

function lab(roles: Lab['roles'], ...steps: Pick<Step, 'actions' | 'observe'>[]): Lab {
  const step = { text: same(''), given: [], modes: [], optional: false, claims: [], source };
  return {
    ...{ file: 'lab.yaml', text: '', id: 'test', title: same(''), summary: same(''), minutes: 1, manifests: [], clusters: ['kind'] },
    ...{ cluster: { file: '', text: '' }, publish: false, requests: 1, roles },
    steps: steps.map((own, index) => ({ ...step, id: String(index), ...own })),
  };
}

t.test('pods and clients outside, each once, and no node', async (t) => {
  const roles = {
    ...{ client: 'pod/net-pod', other: 'pod/team/web', outside: 'client/mypc', entry: 'node/myk8s-worker' },
    ...{ unused: 'pod/idle', service: 'svc/web', backends: 'endpoints/web' },
  };
  const places = placesAhead(
    lab(
      roles,
      { actions: [command('client'), command('outside'), command('entry')], observe: [observed('nodes', 'client.node', 'backends')] },
      { actions: [command('client')], observe: [observed('other')] },
    ),
    'kind',
  );
  t.same(places, ['pod/default/net-pod', 'client/mypc', 'pod/team/web']);
});

t.test('what another kind of cluster alone is asked for is left out', async (t) => {
  const one = lab({ client: 'pod/net-pod', host: 'pod/host' }, { actions: [command('client', ['netns']), command('host')], observe: [] });
  t.same(placesAhead(one, 'kind'), ['pod/default/host']);
  t.same(placesAhead(one, 'netns'), ['pod/default/net-pod', 'pod/default/host']);
});
