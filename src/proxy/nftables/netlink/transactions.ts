import { cut } from '../../cut.js';
import { value, verdict } from './expressions.js';
import { inHostOrder, MessageWriter } from './message-writer.js';
import { type DrawMap, readSpoken, type SpokenElement, type SpokenLine } from './spoken.js';

// linux/netfilter/nfnetlink.h and linux/netfilter/nf_tables.h.
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const NFT_MSG_NEWCHAIN = (NFNL_SUBSYS_NFTABLES << 8) | 3;
const NFT_MSG_NEWRULE = (NFNL_SUBSYS_NFTABLES << 8) | 6;
const NFT_MSG_DELRULE = (NFNL_SUBSYS_NFTABLES << 8) | 8;
const NFT_MSG_NEWSET = (NFNL_SUBSYS_NFTABLES << 8) | 9;
const NFT_MSG_NEWSETELEM = (NFNL_SUBSYS_NFTABLES << 8) | 12;
const NLM_F_CREATE = 0x400;
const NLM_F_APPEND = 0x800;
const NFPROTO_UNSPEC = 0;
const NFPROTO_IPV4 = 2;
const tableName = 'kube-proxy';
/** Anonymous, constant, map. */
const drawFlags = 0x1 | 0x2 | 0x8;
/** nft's number for its type `integer` (include/datatype.h), which the kernel only keeps. */
const integerType = 4;
const verdictType = 0xffffff00;
/** What nft wants to know when it lists the map, type, length and value each (libnftnl, udata.h): NFTNL_UDATA_SET_KEYBYTEORDER, BYTEORDER_HOST_ENDIAN. */
const keysInHostOrder = Buffer.concat([Buffer.from([0, 4]), inHostOrder(1)]);
/** In one message: an attribute's length is a number of 16 bits. */
const mostElements = 150;

export interface Transaction {
  /** For one send(2) to a socket of NETLINK_NETFILTER: the kernel takes all of it or nothing. */
  readonly bytes: Buffer;
  /** The line that a message is of, by its sequence number. */
  readonly lines: ReadonlyMap<number, string>;
  /** The message that is acknowledged where nothing is refused. */
  readonly last: number;
}

/**
 * Lines of kube-proxy's table as messages to the kernel: what `nft -f` would send, but for the names of the draws' maps. nft leaves it to the kernel to number such an anonymous
 * map, and for each one the kernel then reads the numbers of all others in the table (net/netfilter/nf_tables_api.c, nf_tables_set_alloc_name); a name that is given is only
 * compared. Nor do its elements name it, which would be looked for once more.
 * @param lines that are spoken (`isSpoken`), each after what it leads to.
 * @param unique what no other call's maps in the table have in their names.
 * @param longest bytes of a transaction, but for its last line: a line is never cut in two.
 */
export function* transactions(lines: readonly string[], unique: string, longest: number): Generator<Transaction> {
  const writer = new MessageWriter(longest + 65_536);
  let draws = 0;
  for (let next = 0; next < lines.length; ) {
    const of = new Map<number, string>();
    writeBatch(writer, NFNL_MSG_BATCH_BEGIN);
    for (; next < lines.length && writer.length < longest; next += 1) {
      const line = lines[next] ?? '';
      const before = writer.sequence;
      const spoken = readSpoken(line);
      if (spoken.kind === 'rule' && spoken.targets.length > 0) draws += 1;
      // Short, since the kernel counts the letters of each name that it compares.
      writeLine(writer, spoken, { name: draws.toString(36) + unique, id: draws });
      for (let sequence = before + 1; sequence <= writer.sequence; sequence += 1) of.set(sequence, line);
    }
    const last = writer.sequence;
    writer.acknowledge();
    writeBatch(writer, NFNL_MSG_BATCH_END);
    yield { bytes: writer.take(), lines: of, last };
  }
}

function writeBatch(to: MessageWriter, type: number): void {
  to.begin(type, 0, NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES);
  to.end();
}

function writeLine(to: MessageWriter, line: SpokenLine, map: DrawMap): void {
  if (line.kind === 'chain') {
    message(to, NFT_MSG_NEWCHAIN, NLM_F_CREATE, () => to.text(3, line.chain));
    return;
  }
  if (line.kind === 'flush') {
    // Without a handle: all rules of the chain.
    message(to, NFT_MSG_DELRULE, 0, () => to.text(2, line.chain));
    return;
  }
  if (line.kind === 'element') {
    message(to, NFT_MSG_NEWSETELEM, NLM_F_CREATE, () => {
      to.text(2, line.set);
      writeElements(to, [line.element]);
    });
    return;
  }
  if (line.targets.length > 0) writeMap(to, line.targets, map);
  message(to, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, () => {
    to.text(2, line.chain);
    const expressions = to.open(4);
    line.expressions(to, map);
    to.close(expressions);
  });
}

function writeMap(to: MessageWriter, targets: readonly string[], { name, id }: DrawMap): void {
  message(to, NFT_MSG_NEWSET, NLM_F_CREATE, () => {
    to.text(2, name);
    to.number(3, drawFlags);
    to.number(4, integerType);
    to.number(5, 4);
    to.number(6, verdictType);
    to.number(7, 0);
    to.number(10, id);
    const description = to.open(9);
    to.number(1, targets.length);
    to.close(description);
    to.bytes(13, keysInHostOrder);
  });
  const elements = targets.map((target, index) => ({ key: inHostOrder(index), target }));
  for (const part of cut(elements, mostElements)) {
    message(to, NFT_MSG_NEWSETELEM, NLM_F_CREATE, () => {
      to.number(4, id);
      writeElements(to, part);
    });
  }
}

function writeElements(to: MessageWriter, elements: readonly SpokenElement[]): void {
  const list = to.open(3);
  for (const { key, target } of elements) {
    const element = to.open(1);
    value(to, 1, key);
    if (target !== undefined) verdict(to, 2, 'goto', target);
    to.close(element);
  }
  to.close(list);
}

/** A message about the table. */
function message(to: MessageWriter, type: number, flags: number, attributes: () => void): void {
  to.begin(type, flags, NFPROTO_IPV4);
  to.text(1, tableName);
  attributes();
  to.end();
}
