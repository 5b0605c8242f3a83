import t from 'tap';
import type { CommandResult, Place } from '../core/executor.js';
import { same } from '../core/text.js';
import { Scene } from '../scene/scene.js';
import type { Command, Until } from '../schema/lab.js';
import { parseTemplate } from '../schema/template.js';
import { act } from './act.js';
import type { Stage } from './stage.js';

const nodes = ['a', 'b'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDR: '10.0.0.0/24' },
  status: { addresses: [{ type: 'InternalIP', address: `172.18.0.${name === 'a' ? 2 : 3}` }] },
}));
const scene = new Scene({ first: 'node/a' }, nodes);
const template = (text: string) => parseTemplate(text).template;

function looking(until: Until): Command {
  const argv = ['look', 'twice'].map(template);
  return {
    kind: 'command',
    on: 'nodes',
    typed: 'look twice',
    argv,
    why: same('to see'),
    times: 1,
    as: 'seen',
    until,
    meanwhile: [],
    clusters: undefined,
    source: { file: 'lab.yaml', line: 1, column: 1 },
  };
}

/** Does it where a command prints one text after the other, and the last one for ever. */
async function done(until: Until, ...printed: readonly (string | Error)[]) {
  const looks: Place[] = [];
  const written: string[] = [];
  const executor = (place: Place) => ({
    run: async (argv: readonly string[]): Promise<CommandResult> => {
      const now = printed[Math.min(looks.filter((one) => one === place).length, printed.length - 1)] ?? '';
      looks.push(place);
      const [exitCode, stdout, stderr] = now instanceof Error ? [1, '', now.message] : [0, now, ''];
      return { place, argv, ended: 'exit', exitCode, signal: null, stdout, stderr, durationMs: 0 };
    },
  });
  const stage = {
    cluster: { provider: 'netns', executor },
    folder: { write: async (_file: string, text: string) => void written.push(text) },
    emit: () => {},
    signal: new AbortController().signal,
  } as unknown as Stage;
  await act(stage, scene, looking(until), { step: 's', quiet: false, fileFor: () => 'seen.json' });
  return { looks, outputs: JSON.parse(written[0] ?? '') };
}

const until = (text: Until['text'], wanted: boolean, withinMs = 5000): Until => ({ text, wanted, said: 'said', withinMs });

t.test('a command is repeated at each place until it prints what is waited for', async (t) => {
  const { looks, outputs } = await done(until(template('at $first.address'), true), 'nothing', 'at 172.18.0.2');
  t.same(looks, ['node/a', 'node/a', 'node/b', 'node/b']);
  t.match(outputs, { outputs: [{ place: 'node/a', stdout: 'at 172.18.0.2' }, { place: 'node/b' }] });
});

t.test('or does not print it any more', async (t) => {
  t.equal((await done(until(/\b1[01]\b/, false), 'left 11', 'left 10', 'left 9')).looks.length, 6);
  t.equal((await done(until(template('old'), false), '')).looks.length, 2, 'at once where it is so');
});

t.test('a look that fails shows nothing, also not that something is gone', async (t) => {
  t.equal((await done(until(template('old'), false), new Error('no such chain'), 'new')).looks.length, 4);
});

t.test('when the time is over', async (t) => {
  await t.rejects(done(until(/never/, true, 0), 'nothing'), {
    name: 'EnvironmentError',
    message: "at node/a, 'look twice' with said did not come true within 0 s",
  });
  await t.rejects(done(until(/never/, true, 0), new Error('no such chain')), { message: /within 0 s: no such chain$/ });
});
