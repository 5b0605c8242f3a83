import t from 'tap';
import { happy, leftOut, sabotage, stoppedEarly, unhappy } from './fixtures/events.js';
import { report } from './fixtures/memory-output.js';
import { createMarkdownReporter, summaryLimit } from './markdown.js';

async function page(events: typeof happy, options: Parameters<typeof report>[2] = {}): Promise<string> {
  const { stdout, stderr } = await report(createMarkdownReporter, events, options);
  t.equal(stderr, '');
  return stdout;
}

t.test('a green run: the table, and the claims folded away', async (t) => {
  const text = await page(happy);
  t.match(text, /^# svclab: 1 of 1 lab holds\n\n\| {2}\| lab \| cluster \|/);
  t.match(text, '| ✔ pass | clusterip<br>How a ClusterIP reaches a pod | netns | 6 | 0 | 0 | 0 |  | 0.9 |\n');
  t.match(
    text,
    /<details><summary>clusterip on netns: every claim \(6\)<\/summary>\n\n\| {2}\| step \| claim \|\n\| --- \| --- \| --- \|\n\| ✔ pass \| stage \| nodes: /,
  );
  t.notMatch(text, '##');
});

t.test('faults come before the green ones, with what was seen and where', async (t) => {
  const text = await page(unhappy);
  t.match(text, '# svclab: 0 of 1 lab holds');
  t.match(text, '## clusterip on netns\n\n### ✘ FAIL: arrives-translated: The pod');
  t.match(text, '(labs/clusterip/lab.yaml:163)');
  t.match(text, /```text\nthe claim does not hold: source\nexpected: 10\.10\.0\.5 →[^\n]*\nseen: 172\.18\.0\.2:41234/);
  t.match(text, 'captures/wire-myk8s-worker2.pcap<br>folder: runs/clusterip-2024-11-22T21-10-04');
  t.match(text, '- skipped: nftables-too: The same holds for nftables (labs/clusterip/lab.yaml:199): this kernel has no nft&#95;numgen');
  t.ok(text.indexOf('### ✘') < text.indexOf('<details>'));
});

t.test('breaks, a run that stopped early, and what was left out', async (t) => {
  t.match(await page(sabotage), '| 2 | 0 | 0 | 0 | 1 of 3 | 3.1 |');
  t.match(await page(stoppedEarly), "tcpdump on myk8s-worker2 ended before it was listening\nwhat to do: 'svclab doctor' says");
  const korean = await page(leftOut, { language: 'ko' });
  t.match(korean, /^# svclab: 실습 1개 중 1개 성립\n/);
  t.match(korean, '| – 건너뜀 | nodeport | kind |');
  t.match(korean, '## kind에서 돌리지 않음\n\nDocker: 응답이 없다: clusterip, nodeport\n');
});

t.test('it is cut where it would be too long, and says so', async (t) => {
  const whole = await page(unhappy);
  t.ok(Buffer.byteLength(whole) < summaryLimit);
  const short = await page(unhappy, { maxBytes: 1500 });
  t.ok(Buffer.byteLength(short) <= 1500);
  t.match(short, /\n\*Cut off here, .* \d more parts are in the other reports/);
  t.match(short, '### ✘ FAIL: arrives-translated', 'what went wrong goes first');
  t.equal(await page(unhappy, { maxBytes: 10 }), '');
});

t.test('many labs with long texts stay under the limit of GitHub', async (t) => {
  const long = 'x'.repeat(5000);
  const events = Array.from({ length: 700 }, () =>
    unhappy.map((event) => (event.type === 'claim-judged' ? { ...event, says: { en: long, ko: long } } : event)),
  ).flat();
  const text = await page(events);
  t.ok(Buffer.byteLength(text) <= summaryLimit);
  t.match(text, 'Cut off here');
});
