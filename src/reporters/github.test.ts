import t from 'tap';
import type { RunEvent } from '../core/events.js';
import { happy, leftOut, sabotage, stoppedEarly, unhappy } from './fixtures/events.js';
import { report } from './fixtures/memory-output.js';
import { createGithubReporter } from './github.js';

async function lines(events: readonly RunEvent[], options: Parameters<typeof report>[2] = {}): Promise<string[]> {
  const { stdout, stderr } = await report(createGithubReporter, events, options);
  t.equal(stderr, '');
  return stdout.split('\n').slice(0, -1);
}

t.test('nothing to say of a green run', async (t) => {
  t.same(await lines(happy), []);
});

t.test('each fault at its line of the lab file', async (t) => {
  const said = await lines(unhappy, { fileName: (file) => `course, part 1/${file}` });
  t.equal(said.length, 3);
  t.match(
    said[0],
    /^::error file=course%2C part 1\/labs\/clusterip\/lab\.yaml,line=163,col=9,title=clusterip on netns%3A arrives-translated \(source\)::arrives-translated: The pod's node/,
  );
  t.match(said[0], '%0Athe claim does not hold: source%0Aexpected: 10.10.0.5 → 10.10.2.2:80');
  t.match(said[1], /^::error file=.*,line=181,.*title=clusterip on netns%3A clusterip-stays \(inconclusive\)::/);
  t.notMatch(said[1], '\u001b');
  t.match(said[2], /^::warning file=.*,line=199,/);
});

t.test('breaks that were not proven, a run that stopped, labs that were left out', async (t) => {
  t.match(await lines(sabotage), [/^::error .*line=157,.*\(not-proven\)/, /^::error .*line=190,.*\(inconclusive\)/]);
  t.match(await lines(stoppedEarly), [
    /^::error title=clusterip on netns%3A run \(exit-4\)::.*tcpdump on myk8s-worker2.*what to do: 'svclab doctor'/,
  ]);
  t.same(await lines(leftOut, { language: 'ko' }), ['::notice title=kind에서 돌리지 않음::Docker: 응답이 없다%0Aclusterip, nodeport']);
});

t.test('where there are more than GitHub shows, the last one sums up', async (t) => {
  const faults = (count: number): RunEvent[] =>
    Array.from({ length: count }, (_, i) => ({
      type: 'claim-judged',
      at: i,
      step: 'wire',
      claim: `c${i}`,
      says: { en: '50 % of it, at once', ko: '' },
      check: 'hop',
      verdict: { status: 'fail', reason: 'path', expected: { en: 'a', ko: 'a' }, seen: { en: 'b', ko: 'b' }, evidence: [] },
      attempt: 1,
      source: { file: 'lab.yaml', line: i + 1, column: 1 },
    }));
  const begun = happy.slice(0, 1);
  const ended = happy.slice(-1);
  t.equal((await lines([...begun, ...faults(10), ...ended])).length, 10);
  const many = await lines([...begun, ...faults(14), ...ended]);
  t.equal(many.length, 10);
  t.match(many[8], /^::error file=lab\.yaml,line=9,.*::c8: 50 %25 of it, at once%0A/);
  t.match(many[9], /^::error title=svclab::5 more: clusterip on netns: c9 \(path\); .*c13 \(path\)$/);
});
