import fc from 'fast-check';
import t from 'tap';
import { type Flow, newFlows, parseConntrack, type Tuple } from './conntrack.js';
import { fixture } from './testing/fixture.js';

/** Prints as libnetfilter_conntrack does (snprintf_xml.c). */
function print(flows: readonly Flow[]): string {
  if (flows.length === 0) return '';
  return `<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n${flows.map((flow) => `${printFlow(flow)}\n`).join('')}</conntrack>\n`;
}

const numbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };

function printFlow(flow: Flow): string {
  const element = (name: string, value: string | number | undefined) => (value === undefined ? '' : `<${name}>${value}</${name}>`);
  const tuple = (direction: string, { src, dst, sport, dport }: Tuple) =>
    `<meta direction="${direction}"><layer3 protonum="2" protoname="ipv4">${element('src', src)}${element('dst', dst)}</layer3>` +
    `<layer4 protonum="${numbers[flow.protocol]}" protoname="${flow.protocol}">${element('sport', sport)}${element('dport', dport)}</layer4></meta>`;
  return (
    `<flow>${tuple('original', flow.original)}${tuple('reply', flow.reply)}<meta direction="independent">` +
    `${element('state', flow.state)}${element('timeout', flow.timeout)}${element('mark', flow.mark)}${element('zone', flow.zone)}` +
    `<use>1</use>${element('id', flow.id)}${flow.assured ? '<assured/>' : ''}${flow.unreplied ? '<unreplied/>' : ''}</meta></flow>`
  );
}

const address = fc.ipV4();
const port = fc.nat(65_535);
const uint32 = fc.nat(2 ** 32 - 1);
const status = { id: uint32, timeout: uint32, assured: fc.boolean(), unreplied: fc.boolean(), mark: uint32 };
const tuple = fc.record({ src: address, dst: address, sport: port, dport: port });
const portless = fc.record({ src: address, dst: address });
const flow: fc.Arbitrary<Flow> = fc.oneof(
  fc.record({
    ...status,
    protocol: fc.constant('tcp'),
    original: tuple,
    reply: tuple,
    state: fc.constantFrom('SYN_SENT', 'ESTABLISHED', 'TIME_WAIT'),
  }),
  fc.record({ ...status, protocol: fc.constant('udp'), original: tuple, reply: tuple, zone: port }),
  fc.record({ ...status, protocol: fc.constant('icmp'), original: portless, reply: portless }),
);
const flows = fc.array(flow, { maxLength: 5 });

t.test('what was printed is read', async (t) => {
  fc.assert(fc.property(flows, (printed) => JSON.stringify(sorted(parseConntrack(print(printed)))) === JSON.stringify(sorted(printed))));
  t.pass('for a hundred tables');
});

t.test('a table is read the same line by line and as a whole', async (t) => {
  const usual = flow.map(
    (one): Flow => ({ ...one, assured: true, unreplied: false, mark: one.mark % 1000, timeout: (one.timeout ?? 0) % 1000 }),
  );
  const broken = (text: string): string => text.replaceAll('<meta', '\n<meta');
  fc.assert(
    fc.property(fc.array(fc.oneof(flow, usual), { maxLength: 8 }), (printed) => {
      const text = print(printed);
      return JSON.stringify(sorted(parseConntrack(text))) === JSON.stringify(sorted(parseConntrack(broken(text))));
    }),
  );
  const real = fixture('worker.conntrack.xml').toString();
  t.same(parseConntrack(real), parseConntrack(broken(real)));
  for (const [value, wrong] of [
    ['<sport>35674<', '<sport>65536<'],
    ['<src>10.10.0.4<', '<src>10.10.0.400<'],
    ['<id>1796645335<', '<id>4294967296<'],
  ] as const) {
    t.throws(() => parseConntrack(real.replace(value, wrong)), { message: /^line 3, column \d+: '[\d.]+' is not/ }, wrong);
  }
});

/** The same keys in the same order, so that texts can be compared. */
function sorted(flows: readonly Flow[]): unknown {
  return flows.map((flow) =>
    Object.entries({ ...flow, original: Object.entries(flow.original).sort(), reply: Object.entries(flow.reply).sort() }).sort(),
  );
}

t.test("a real node's table is read", async (t) => {
  const flows = parseConntrack(fixture('worker.conntrack.xml').toString());
  t.equal(flows.length, 31);
  t.same(flows[0], {
    id: 1796645335,
    protocol: 'tcp',
    original: { src: '10.10.0.4', dst: '10.10.3.2', sport: 35674, dport: 80 },
    reply: { src: '10.10.3.2', dst: '10.10.0.4', sport: 80, dport: 35674 },
    state: 'TIME_WAIT',
    timeout: 57,
    assured: true,
    unreplied: false,
    mark: 0,
  });
});

t.test('counters, helpers, timestamps and zones of one direction are read over', async (t) => {
  const text = `<conntrack>
<flow><meta direction="original"><layer3 protonum="10" protoname="ipv6"><src>fd00::1</src><dst>fd00::2</dst></layer3><layer4 protonum="58" protoname="icmpv6"></layer4><zone>4</zone><counters><packets>1</packets><bytes>84</bytes></counters></meta><meta direction="reply"><layer3 protonum="10" protoname="ipv6"><src>fd00::2</src><dst>fd00::1</dst></layer3><layer4 protonum="58" protoname="icmpv6"></layer4></meta><meta direction="independent"><timeout>29</timeout><helper>ftp</helper><id>5</id><unreplied/><timestamp><start>1</start></timestamp></meta></flow>
</conntrack>`;
  t.match(parseConntrack(text), [{ protocol: 'icmpv6', original: { src: 'fd00::1', dst: 'fd00::2' }, zone: 4, mark: 0, unreplied: true }]);
  t.same(parseConntrack(''), [], 'conntrack prints nothing for an empty table');
  t.same(parseConntrack('<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n</conntrack>\n'), []);
});

t.test('a table cut short anywhere is refused', async (t) => {
  const whole = print(fc.sample(flow, { numRuns: 2, seed: 7 }));
  const end = whole.trimEnd().length;
  const read = Array.from({ length: end - 1 }, (_, i) => i + 1).filter((length) => {
    try {
      parseConntrack(whole.slice(0, length));
      return true;
    } catch (error) {
      return !(error instanceof Error && error.name === 'UnreadableError');
    }
  });
  t.same(read, []);
});

t.test('what is not such a table is refused, with line and column', async (t) => {
  const [sample] = fc.sample(flow, { numRuns: 1, seed: 3 });
  const whole = print(sample === undefined ? [] : [sample]);
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['conntrack v1.4.7: 0 flow entries', /^line 1, column 1: /],
    ['<expect></expect>', /^line 1, column 1: <conntrack> is expected, not <expect>/],
    ['<conntrack/>', /^line 1, column 1: <conntrack\/> is not a table/],
    ['<conntrack>\n<event></event></conntrack>', /^line 2, column 1: <flow> is expected/],
    ['<conntrack>\n<flow></flow></conntrack>', /^line 2, column 1: this <flow> has no <meta direction="original">/],
    ['<conntrack>\n</flow></conntrack>', /^line 2, column 1: <\/flow> closes <conntrack>/],
    [`${whole}<conntrack>`, /something follows the end/],
    [whole.replace('<mark>', '<offload/><mark>'), /^line 3, column \d+: <offload> is not known/],
    [whole.replace(/<id>\d+/, '<id>4294967296'), /'4294967296' is not a whole number from 0 to 4294967295/],
    [whole.replace(/<id>\d+<.id>/, ''), /has no <id>/],
    [whole.replace(/<dst>[^<]*/, '<dst>10.0.0'), /'10.0.0' is not an address/],
    [whole.replace(/ protoname="(?:tcp|udp|icmp)"/, ''), /<layer4> without protoname/],
    [whole.replace('<use>', 'x<use>'), /a text between the elements/],
    [whole.replace('<use>1', '<use>1<b/>'), /<b\/> in the middle of a text/],
  ];
  for (const [text, message] of cases) t.throws(() => parseConntrack(text), { name: 'UnreadableError', message });
});

t.test('new are the flows whose id or tuple was not there before', async (t) => {
  fc.assert(fc.property(flows, flows, (before, added) => newFlows(before, [...before, ...added]).every((flow) => added.includes(flow))));
  const [first] = parseConntrack(fixture('worker.conntrack.xml').toString());
  if (first === undefined) throw new Error('the fixture is empty');
  const sameIdOtherPort: Flow = { ...first, original: { ...first.original, sport: 1 } };
  const samePortOtherId: Flow = { ...first, id: 1 };
  t.same(newFlows([first], [{ ...first, state: 'CLOSE', timeout: 1 }, sameIdOtherPort, samePortOtherId]), [
    sameIdOtherPort,
    samePortOtherId,
  ]);
});

t.test('in TIME_WAIT all timeouts fall alike: one that fell by less is of a new connection', async (t) => {
  const [first] = parseConntrack(fixture('worker.conntrack.xml').toString());
  if (first === undefined) throw new Error('the fixture is empty');
  const waiting = (sport: number, timeout: number, more: Partial<Flow> = {}): Flow => ({
    ...first,
    original: { ...first.original, sport },
    state: 'TIME_WAIT',
    timeout,
    ...more,
  });
  const before = [waiting(1, 100), waiting(2, 118), waiting(3, 118), waiting(4, 118), waiting(5, 400, { state: 'ESTABLISHED' })];
  const elsewhere = { reply: { ...first.reply, src: '10.10.9.9' } };
  const after = [waiting(1, 97), waiting(2, 118), waiting(3, 116), waiting(4, 115, elsewhere), waiting(5, 399)];
  t.same(
    newFlows(before, after).map(({ original }) => original.sport),
    [2, 4],
    'the third may have been told a second late; the fourth leads elsewhere; the fifth has only now come to its end',
  );
  t.same(
    newFlows(before, after, ({ original }) => original.sport === 1).map(({ original }) => original.sport),
    [4],
    'where no connection can have begun, a timeout says nothing; another reply does',
  );
  t.same(newFlows([waiting(1, 118)], [waiting(1, 118)]), [], 'no other tells how much time went by');
  // As read on a busy machine: three seconds went by, and the timeouts fell by two to four.
  t.same(
    newFlows(
      [waiting(1, 90), waiting(2, 90), waiting(3, 33), waiting(4, 119)],
      [waiting(1, 86), waiting(2, 87), waiting(3, 31), waiting(4, 117)],
    ),
    [],
  );
  t.same(newFlows([waiting(1, 90), waiting(2, 31), waiting(3, 119)], [waiting(1, 86), waiting(2, 120), waiting(3, 118)]), [
    waiting(2, 120),
    waiting(3, 118),
  ]);
});

t.test('10,000 flows are read in a moment', async (t) => {
  const flows = parseConntrack(fixture('worker.conntrack.xml').toString());
  const many = print(Array.from({ length: 10_000 }, (_, i) => flows[i % flows.length]).filter((flow) => flow !== undefined));
  const before = performance.now();
  t.equal(parseConntrack(many).length, 10_000);
  t.ok(performance.now() - before < 3000, `${performance.now() - before} ms`);
});
