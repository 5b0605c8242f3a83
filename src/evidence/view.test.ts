import t from 'tap';
import type { ObservationPart } from '../core/evidence.js';
import type { Place } from '../core/executor.js';
import type { EvidenceReader } from './evidence-reader.js';
import { newConnections } from './follow.js';
import { fixture } from './testing/fixture.js';
import { ethernet, ipv4, tcp } from './testing/frames.js';
import { writePcap } from './testing/pcap-writer.js';
import { observation } from './testing/run-record.js';
import { UnreadableError } from './unreadable.js';
import { EvidenceView } from './view.js';

/** Counts what is read, to show that it is read once. */
function memory(files: Readonly<Record<string, string | Uint8Array>>): EvidenceReader & { readonly reads: string[] } {
  const reads: string[] = [];
  const read = (name: string) => {
    reads.push(name);
    const content = files[name];
    if (content === undefined) throw new UnreadableError(name, 'no such file');
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
  return { read, reads };
}

const at: Place = 'node/myk8s-worker';
const part = (role: string, format: string, file: string, place: Place = at): ObservationPart => ({
  place,
  role,
  format,
  file,
});
const view = (files: Readonly<Record<string, string | Uint8Array>>, parts: readonly ObservationPart[]) =>
  new EvidenceView(memory(files), [observation({ name: 'it', parts })]);
const unsound = (message: RegExp) => ({ name: 'UnsoundEvidence', message, why: { en: message, ko: /[가-힣]/ } });

const router = { 'router.pcap': fixture('nat/router.pcap'), 'links.json': fixture('nat/router.links.json') };
const captureParts = [part('capture', 'pcap', 'router.pcap'), part('links', 'links-json', 'links.json')];

t.test('captures come with the names of their links, and are decoded once', async (t) => {
  const reader = memory(router);
  const evidence = new EvidenceView(reader, [observation({ name: 'it', parts: captureParts })]);
  const [capture] = evidence.captures('it');
  t.match(capture, { place: at, truncated: false });
  t.equal(capture?.packets.length, 44);
  t.same([...(capture?.links.values() ?? [])].sort(), ['lo', 'veth-c', 'veth-s']);
  t.equal(newConnections(capture?.packets ?? []).length, 4);
  t.equal(evidence.captures('it')[0]?.packets, capture?.packets);
  t.same(reader.reads.sort(), ['links.json', 'router.pcap']);
  t.same(evidence.files('it'), ['router.pcap', 'links.json']);
  t.same(evidence.soundness('it'), { sound: true });
});

t.test('a capture that was cut short is shown, and unsound', async (t) => {
  const evidence = view({ ...router, 'router.pcap': router['router.pcap'].subarray(0, 1000) }, captureParts);
  t.equal(evidence.captures('it')[0]?.truncated, true);
  t.match(evidence.soundness('it'), { sound: false, why: { en: /router\.pcap was cut short/, ko: /잘렸/ } });
});

t.test('an Ethernet capture needs no links, any other does', async (t) => {
  const data = ethernet(0x0800, ipv4({ protocol: 6 }, tcp({ flags: 2 })));
  const wire = writePcap([{ seconds: 1, fraction: 1, data }], { littleEndian: true, nanoseconds: false, linkType: 1 });
  const [capture] = view({ 'wire.pcap': wire }, [part('capture', 'pcap', 'wire.pcap')]).captures('it');
  t.match(capture, { packets: [{ kind: 'tcp' }] });
  t.equal(capture?.links.size, 0);
  t.throws(() => view(router, captureParts.slice(0, 1)).captures('it'), unsound(/lacks: links of node\/myk8s-worker/));
});

t.test('connection tables and rules, before and after, place by place', async (t) => {
  const places: readonly Place[] = [at, 'node/myk8s-control-plane'];
  const parts = places.flatMap((place, i) => [
    part('after', 'conntrack-xml', `after-${i}.xml`, place),
    part('before', 'conntrack-xml', `before-${i}.xml`, place),
    part('before', 'iptables-save', `before-${i}.save`, place),
    part('after', 'iptables-save', `after-${i}.save`, place),
    ...(i === 0 ? [part('before', 'nft-json', 'before.nft', place), part('after', 'nft-json', 'after.nft', place)] : []),
  ]);
  const table = fixture('worker.conntrack.xml');
  const evidence = view(
    {
      'before-0.xml': '',
      'after-0.xml': table,
      'before-1.xml': table,
      'after-1.xml': table,
      'before-0.save': 'b0',
      'after-0.save': 'a0',
      'before-1.save': 'b1',
      'after-1.save': 'a1',
      'before.nft': '{"b":0}',
      'after.nft': '{"a":0}',
    },
    parts,
  );
  t.same(
    evidence.flows('it').map(({ place, before, after }) => [place, before.length, after.length]),
    [
      [at, 0, 31],
      ['node/myk8s-control-plane', 31, 31],
    ],
  );
  t.same(evidence.readings('it'), [
    { place: at, before: { save: 'b0', nft: '{"b":0}' }, after: { save: 'a0', nft: '{"a":0}' } },
    { place: 'node/myk8s-control-plane', before: { save: 'b1', nft: undefined }, after: { save: 'a1', nft: undefined } },
  ]);
});

t.test('answers, objects and texts', async (t) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'net-pod', uid: 'x' }, spec: { containers: [] } };
  const files = {
    'answers.json': '{"command":"curl","answers":[]}',
    'objects.json': JSON.stringify([pod]),
    'list.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod] }),
    'one.txt': 'one',
    'two.txt': 'two',
  };
  t.same(view(files, [part('answers', 'answers-json', 'answers.json')]).answers('it'), { command: 'curl', answers: [] });
  t.same(view(files, [part('objects', 'objects-json', 'objects.json')]).objects('it'), [pod]);
  t.same(view(files, [part('objects', 'objects-json', 'list.json')]).objects('it'), [pod]);
  const texts = view(files, [part('after', 'text', 'one.txt'), part('after', 'text', 'two.txt', 'local')]);
  t.equal(texts.text('it', 'local'), 'two');
  t.throws(() => texts.text('it'), /2 parts of the format text where one is expected/);
});

t.test('what is missing or unreadable is unsound, in two languages', async (t) => {
  const files = { 'bad.pcap': 'x', 'bad.xml': '<conntrack>', 'bad.json': '{', 'odd.json': '[{"kind":"Pod"}]' };
  const empty = view(files, []);
  t.throws(() => empty.captures('other'), unsound(/nothing was observed as 'other'/));
  t.match(empty.soundness('other'), { sound: false, why: { en: /nothing was observed as 'other'/ } });
  t.same(empty.files('other'), []);
  for (const ask of ['captures', 'flows', 'readings', 'answers', 'objects', 'text'] as const)
    t.throws(() => empty[ask]('it'), unsound(/'it' lacks: /));
  const before = view({ 'a.xml': '' }, [part('before', 'conntrack-xml', 'a.xml')]);
  t.throws(() => before.flows('it'), unsound(/lacks: after conntrack-xml node\/myk8s-worker/));

  const bad = (format: string, file: string) =>
    view(files, [part('x', format, file), part('before', format, file), part('after', format, file)]);
  t.throws(() => bad('pcap', 'bad.pcap').captures('it'), unsound(/bad\.pcap cannot be read: byte/));
  t.match(bad('pcap', 'bad.pcap').soundness('it'), { sound: false, why: { en: /bad\.pcap cannot be read/ } });
  t.throws(() => bad('conntrack-xml', 'bad.xml').flows('it'), unsound(/bad\.xml cannot be read: line 1, column 12: the text is cut short/));
  t.throws(
    () => view(files, [part('x', 'answers-json', 'bad.json')]).answers('it'),
    unsound(/bad\.json cannot be read: the whole file: not JSON/),
  );
  t.throws(() => view(files, [part('x', 'objects-json', 'odd.json')]).objects('it'), unsound(/odd\.json cannot be read/));
  t.throws(() => view(files, [part('x', 'text', 'gone.txt')]).text('it'), unsound(/gone\.txt cannot be read: gone\.txt: no such file/));
});

t.test('what the probe calls unsound is unsound', async (t) => {
  const why = { en: '3 packets were dropped', ko: '패킷 3개가 버려졌습니다' };
  const evidence = new EvidenceView(memory(router), [observation({ name: 'it', parts: captureParts, soundness: { sound: false, why } })]);
  t.same(evidence.soundness('it'), { sound: false, why });
});

t.test('two observations of one name are a mistake in the program, and so is a reader that breaks', async (t) => {
  t.throws(() => new EvidenceView(memory({}), [observation(), observation()]), /the same name/);
  const broken: EvidenceReader = {
    read: () => {
      throw new TypeError('broken');
    },
  };
  t.throws(() => new EvidenceView(broken, [observation({ name: 'it', parts: captureParts })]).captures('it'), { name: 'TypeError' });
});
