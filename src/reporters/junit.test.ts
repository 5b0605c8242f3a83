import t from 'tap';
import { happy, leftOut, neverBegun, sabotage, stoppedEarly, unhappy } from './fixtures/events.js';
import { report } from './fixtures/memory-output.js';
import { createJunitReporter } from './junit.js';
import { parsedXml, type XmlElement } from './testing/xml.js';

async function junit(events: typeof happy, options: Parameters<typeof report>[2] = {}): Promise<XmlElement> {
  const { stdout, stderr } = await report(createJunitReporter, events, options);
  t.equal(stderr, '');
  return parsedXml(stdout);
}

const casesIn = (suite: XmlElement | undefined) => suite?.children.filter(({ name }) => name === 'testcase') ?? [];
const outcome = ({ children }: XmlElement) => children.map(({ name }) => name).find((name) => name !== 'properties') ?? 'pass';

t.test('a green run: a suite for the lab, a test case for each claim, with its file and line', async (t) => {
  const root = await junit(happy);
  t.same(root.attributes, { name: 'svclab', tests: '6', failures: '0', errors: '0', skipped: '0', time: '0.948' });
  const [suite] = root.children;
  t.match(suite?.attributes, {
    name: 'clusterip on netns',
    tests: '6',
    time: '0.948',
    timestamp: '2024-11-22T21:10:04.000Z',
    file: 'labs/clusterip/lab.yaml',
  });
  const properties = suite?.children[0]?.children.map(({ attributes }) => [attributes['name'], attributes['value']]);
  t.same(properties, [
    ['lab', 'clusterip'],
    ['cluster', 'netns'],
    ['requests', '300'],
    ['folder', 'runs/clusterip-2024-11-22T21-10-04'],
  ]);
  const fourth = casesIn(suite)[3];
  t.match(fourth?.attributes, { classname: 'netns.clusterip.wire', file: 'labs/clusterip/lab.yaml', line: '163' });
  t.match(fourth?.attributes['name'], /^arrives-translated: The pod's node/);
  t.match(fourth?.children[0]?.children[0]?.attributes, {
    name: 'attachment',
    value: 'runs/clusterip-2024-11-22T21-10-04/captures/wire-myk8s-control-plane.pcap',
  });
});

t.test('failure, error and skipped apart', async (t) => {
  const root = await junit(unhappy);
  t.match(root.attributes, { tests: '4', failures: '1', errors: '1', skipped: '1' });
  const cases = casesIn(root.children[0]);
  t.same(cases.map(outcome), ['pass', 'failure', 'error', 'skipped']);
  const [, failure, error, skipped] = cases.map(({ children }) => children.at(-1));
  t.match(failure?.attributes, { type: 'source', message: 'the claim does not hold: source' });
  t.match(failure?.text, /expected: 10\.10\.0\.5 → [\s\S]*\nseen: 172\.18\.0\.2:41234 → [\s\S]*\nlabs\/clusterip\/lab\.yaml:163:9$/);
  t.match(error?.attributes, { type: 'inconclusive', message: /^inconclusive: 3 captured packets/ });
  t.notMatch(error?.text, '\u001b', 'an answer cannot steer a terminal');
  t.match(skipped?.attributes, { message: 'this kernel has no nft_numgen' });
});

t.test('a text that looks like markup or a reference comes back as it was', async (t) => {
  for (const text of ['&A;', '&lt;b&gt;', '&amp;', '&#0;', '&#65;', 'a & b; c', '<a b="c">', ']]>', '&', '&&amp;;']) {
    const both = { en: text, ko: text };
    const verdict = { status: 'inconclusive' as const, why: both, expected: both, seen: both, evidence: [], details: [] };
    const root = await junit(unhappy.map((event) => (event.type === 'claim-judged' ? { ...event, says: both, verdict } : event)));
    const [first] = casesIn(root.children[0]);
    t.equal(first?.attributes['name'], `asks-for-clusterip: ${text}`, 'an attribute');
    t.match(first?.children.at(-1)?.text, `seen: ${text}`, 'the text of an element');
  }
});

t.test('breaks are test cases too', async (t) => {
  const root = await junit(sabotage);
  t.match(root.attributes, { tests: '5', failures: '1', errors: '1' });
  const breaks = casesIn(root.children[0]).filter(({ attributes }) => attributes['classname'] === 'netns.clusterip.sabotage');
  t.same(breaks.map(outcome), ['pass', 'failure', 'error']);
  t.match(breaks[1]?.attributes, { name: /^translated-in-pod turns asks-for-clusterip red because of destination: /, line: '157' });
});

t.test('a run that stopped early, never began or broke off is an error', async (t) => {
  for (const [events, type, message] of [
    [stoppedEarly, 'exit-4', /^tcpdump on/],
    [neverBegun, 'exit-3', 'tcpdump is missing'],
    [happy.slice(0, 12), 'broken-off', /broke off/],
    [[], 'nothing', 'no claim was judged'],
  ] as const) {
    const root = await junit(events);
    t.equal(root.attributes['errors'], '1');
    const last = casesIn(root.children.at(-1)).at(-1);
    t.match(last?.children.at(-1), { name: 'error', attributes: { type, message } });
  }
});

t.test('a fault in a file has its place', async (t) => {
  const [ended] = neverBegun;
  t.equal(ended?.type, 'run-ended');
  if (ended?.type !== 'run-ended') return;
  const error = { message: 'a.yaml:3:1: no such field', source: { file: 'a.yaml', line: 3, column: 1 } };
  const root = await junit([{ ...ended, exitCode: 2, error }], { fileName: (file) => `here/${file}` });
  t.match(casesIn(root.children[0])[0]?.attributes, { file: 'here/a.yaml', line: '3' });
});

t.test('what was left out is skipped; in Korean', async (t) => {
  const root = await junit(leftOut, { language: 'ko' });
  t.match(root.attributes, { tests: '8', skipped: '2', errors: '0' });
  t.same(
    root.children.map(({ attributes }) => attributes['name']),
    ['clusterip on netns', 'clusterip on kind', 'nodeport on kind'],
  );
  t.match(casesIn(root.children[1])[0]?.children[0], { name: 'skipped', attributes: { message: 'Docker: 응답이 없다' } });
  t.match(casesIn(root.children[0])[0]?.attributes['name'], /^nodes: 노드는 넷/);
});
