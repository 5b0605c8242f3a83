import t from 'tap';
import { z } from 'zod';
import { fixtureText } from '../../testing/fixtures.js';
import { type ReadAttribute, type ReadMessage, readMessages } from './testing/read-messages.js';
import { transactions } from './transactions.js';

const NFT_MSG_NEWRULE = 0x0a06;
const NFT_MSG_NEWSET = 0x0a09;
const NFT_MSG_NEWSETELEM = 0x0a0c;
const NLM_F_ACK = 4;

/** What is between the batch's begin and end. */
function messages(bytes: Buffer): readonly ReadMessage[] {
  const all = readMessages(bytes);
  t.match([all[0], all.at(-1)], [{ type: 16 }, { type: 17 }]);
  return all.slice(1, -1);
}

const text = (value: string) => `${Buffer.from(value).toString('hex')}00`;

/** Without what may differ: the numbers of messages and of sets, the names of the draws' maps, what nft keeps for itself with them, and an element's name of a map that has a number. */
function essence({ type, flags, attributes }: ReadMessage): unknown {
  const ofMap = attributes.some(({ type: name, value }) => name === 2 && value === text('__map%d'));
  const left = attributes.filter(({ type: name, value }) => {
    if (type === NFT_MSG_NEWSET) return ![2, 10, 13].includes(name);
    if (type === NFT_MSG_NEWSETELEM) return name !== 4 && !(name === 2 && ofMap);
    return true;
  });
  const attributesOf = { [NFT_MSG_NEWRULE]: withoutMap, [NFT_MSG_NEWSETELEM]: uncounted }[type];
  return { type, flags: flags & ~NLM_F_ACK, attributes: attributesOf === undefined ? left : left.map(attributesOf) };
}

/** libnftnl counts a list's elements in their types, at which nobody looks. */
function uncounted({ type, value }: ReadAttribute): ReadAttribute {
  return { type, value: typeof value === 'string' ? value : value.map((element) => ({ ...element, type: 1 })) };
}

/** The name and the number of a lookup's map go. */
function withoutMap(attribute: ReadAttribute): ReadAttribute {
  const { type, value } = attribute;
  if (typeof value === 'string') return attribute;
  if (value[0]?.value === text('lookup'))
    return { type, value: value.map((part) => (typeof part.value === 'string' ? part : { ...part, value: part.value.slice(0, 2) })) };
  return { type, value: value.map(withoutMap) };
}

t.test('nft sends the same for each line', async (t) => {
  const { lines } = z
    .object({ lines: z.array(z.object({ line: z.string(), messages: z.array(z.string()) })) })
    .parse(JSON.parse(fixtureText('nft-messages.json')));
  t.ok(lines.length >= 15);
  for (const { line, messages: theirs } of lines) {
    const [ours, ...more] = transactions([line], 'x', 1_000);
    t.same(more, []);
    t.same(
      messages(ours?.bytes ?? Buffer.alloc(0)).map(essence),
      theirs.flatMap((hex) => readMessages(Buffer.from(hex, 'hex'))).map(essence),
      line,
    );
  }
});

const draw = (chain: string, ...targets: readonly string[]) =>
  `add rule ip kube-proxy ${chain} numgen random mod ${targets.length} vmap { ${targets.map((target, i) => `${i} : goto ${target}`).join(' , ')} }`;

t.test('each draw has a map of its own, by a name and a number', async (t) => {
  const [first] = transactions([draw('a', 'x'), draw('b', 'x', 'y')], 'uniq', 10_000);
  const all = messages(first?.bytes ?? Buffer.alloc(0));
  t.same(
    all.map(({ type }) => type),
    [NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM, NFT_MSG_NEWRULE],
  );
  const attributeOf = (message: ReadMessage | undefined, type: number) => message?.attributes.find((one) => one.type === type)?.value;
  for (const [index, name] of ['1uniq', '2uniq'].entries()) {
    const [set, elements, rule] = all.slice(index * 3);
    t.equal(attributeOf(set, 2), text(name));
    const id = attributeOf(set, 10);
    t.equal(attributeOf(elements, 4), id);
    t.equal(attributeOf(elements, 2), undefined, 'only by its number');
    t.match(JSON.stringify(attributeOf(rule, 4)), `{"type":1,"value":"${text(name)}"},{"type":4,"value":"${id}"}`);
  }
});

t.test('a transaction ends when it is long enough, but never inside a line', async (t) => {
  const lines = Array.from({ length: 40 }, (_, i) => [`add chain ip kube-proxy c${i}`, draw(`c${i}`, `c${i}`)]).flat();
  const all = [...transactions(lines, 'x', 1_000)];
  t.ok(all.length > 10);
  const said = all.flatMap(({ bytes, lines: of, last }) => {
    t.ok(bytes.length < 1_500);
    const read = readMessages(bytes);
    const asked = read.filter(({ flags }) => (flags & NLM_F_ACK) !== 0);
    t.match(asked, [{ sequence: last }]);
    t.equal(read.at(-2)?.sequence, last);
    t.not(read.at(-2)?.type, NFT_MSG_NEWSETELEM, 'a map without its rule would be refused');
    return [...new Set(of.values())];
  });
  t.same(said, lines);
});

t.test('thousands of targets go in several messages, since an attribute is at most 65,535 bytes', async (t) => {
  const targets = Array.from({ length: 1_000 }, (_, i) => `endpoint-${i}-${'n'.repeat(200)}`);
  const [first] = transactions([draw('a', ...targets)], 'x', 1_000);
  const elements = messages(first?.bytes ?? Buffer.alloc(0)).filter(({ type }) => type === NFT_MSG_NEWSETELEM);
  t.ok(elements.length > 1);
  const found = elements.flatMap(({ attributes }) =>
    attributes.flatMap(({ type, value }) => (type === 3 && typeof value !== 'string' ? value : [])),
  );
  t.equal(found.length, 1_000);
  const last = Buffer.alloc(4);
  last.writeUInt32LE(999);
  t.match(JSON.stringify(found.at(-1)), `"value":"${last.toString('hex')}"`);
});

t.test('a line that is not spoken is an error', async (t) => {
  t.throws(() => [...transactions(['add rule ip kube-proxy a drop'], 'x', 1_000)], {
    message: /not one of kube-proxy’s lines|not one of kube-proxy's lines/,
  });
});
