/**
 * `svclab-nft-lines` says the lines of its standard input (`isSpoken`) to the kernel, for the network namespace that it is started in: over a socket of its own (netlink(7),
 * NETLINK_NETFILTER), in transactions as large as the socket takes. For many Services nft(8) takes twice as long, and five times where it is not root: see `transactions`.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import koffi from 'koffi';
import { type Acknowledgement, readAcknowledgements } from '../../../proxy/nftables/netlink/message-writer.js';
import { type Transaction, transactions } from '../../../proxy/nftables/netlink/transactions.js';
import { errnoName } from './errno-name.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
const MSG_DONTWAIT = 0x40;
/** For each map that a rule leads to, the kernel looks through all of its transaction (nf_tables_api.c, __nft_set_trans_bind): larger ones take longer. */
const wantedBytes = 2 ** 18;
/** What a transaction's last line may take. */
const reserve = 65_536;

const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)');
const getsockopt = libc.func('int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32_t *length)');
const send = libc.func('long send(int fd, const void *buffer, size_t length, int flags)');
const recv = libc.func('long recv(int fd, void *buffer, size_t length, int flags)');
const sendLater = promisify<number, Buffer, number, number, number>(send.async);

const lines = readFileSync(0, 'utf8').split('\n');
const fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
if (fd < 0) fail(`socket failed: ${errnoName()}`);
let sent: Promise<void> = Promise.resolve();
for (const transaction of transactions(lines, randomInt(36 ** 5).toString(36), sendBuffer() - reserve)) {
  // The next one is made ready while the kernel is at work.
  await sent;
  sent = say(transaction);
}
await sent;

async function say({ bytes, lines: said, last }: Transaction): Promise<void> {
  const length = await sendLater(fd, bytes, bytes.length, 0);
  if (length !== bytes.length) fail(`send failed: ${errnoName()}`);
  // The kernel has done all of it, and answered, before send(2) returns.
  const answers = receive();
  const refused = answers.find(({ errno }) => errno !== 0);
  if (refused !== undefined) fail(`the kernel refused '${said.get(refused.sequence) ?? 'the transaction'}': ${errnoName(refused.errno)}`);
  if (!answers.some(({ sequence }) => sequence === last)) fail('the kernel did not acknowledge a transaction');
}

function receive(): readonly Acknowledgement[] {
  const all: Acknowledgement[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const length = Number(recv(fd, buffer, buffer.length, MSG_DONTWAIT));
    if (length > 0) all.push(...readAcknowledgements(buffer.subarray(0, length)));
    else if (koffi.errno() === koffi.os.errno['EAGAIN']) return all;
    else fail(`recv failed: ${errnoName()}`);
  }
}

/** Bytes that one send(2) may have: more for root (socket(7), SO_SNDBUFFORCE). */
function sendBuffer(): number {
  const wanted = Buffer.alloc(4);
  new Int32Array(wanted.buffer, wanted.byteOffset, 1)[0] = wantedBytes;
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, wanted, wanted.length) !== 0) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, wanted, wanted.length);
  const value = [0];
  if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, value, [wanted.length]) !== 0) fail(`getsockopt failed: ${errnoName()}`);
  return value[0] ?? 0;
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
