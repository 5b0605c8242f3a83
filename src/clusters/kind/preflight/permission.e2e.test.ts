import { chmodSync } from 'node:fs';
import t from 'tap';
import { answeringEngine } from '../testing/answering-engine.js';
import { answering } from '../testing/fake-local.js';
import { engineFindings } from './engine.js';

t.test('an engine whose socket only others may use', async (t) => {
  const socket = await answeringEngine(t, {});
  chmodSync(socket, 0);
  const { findings } = await engineFindings(answering({}), { DOCKER_HOST: `unix://${socket}` }, new AbortController().signal);
  // No permission keeps root out: it is let in, to an engine that knows no answer.
  const wanted =
    process.getuid?.() === 0
      ? { ok: false, detail: /does not answer: .*page not found/s }
      : { ok: false, detail: new RegExp(`permission denied on the socket ${socket}, `), hint: /usermod --append --groups \w+/ };
  t.match(findings[1], wanted);
});
