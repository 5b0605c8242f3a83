/**
 * Times connect(2) alone: `svclab-connect-times ADDRESS PORT COUNT` prints the microseconds of each of COUNT new TCP connections as a JSON array. Without COUNT it
 * does so for each line of its standard input, which is a COUNT, so that its own start is paid once. The call blocks until the SYN-ACK is there, so that no event
 * loop's turn is part of the time, which Node's own sockets, and curl's, would add. Each connection is reset at once (SO_LINGER with 0, socket(7)): nothing stays in
 * TIME_WAIT.
 */
import { createInterface } from 'node:readline';
import koffi from 'koffi';
import { errnoName } from './errno-name.js';

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_LINGER = 13;
/** The first few find caches empty that the others find full. */
const warmUp = 3;

const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const connect = libc.func('int connect(int fd, const void *address, uint32_t length)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)');
const close = libc.func('int close(int fd)');

const [address = '', port = '', count] = process.argv.slice(2);
const target = Buffer.alloc(16);
target.writeUInt16LE(AF_INET, 0);
target.writeUInt16BE(Number(port), 2);
for (const [i, octet] of address.split('.').entries()) target.writeUInt8(Number(octet), 4 + i);
const linger = Buffer.alloc(8);
linger.writeInt32LE(1, 0);

if (count !== undefined) print(count);
else for await (const line of createInterface({ input: process.stdin })) print(line);

function print(wanted: string): void {
  const times = Array.from({ length: warmUp + Number(wanted) }, timed);
  process.stdout.write(`${JSON.stringify(times.slice(warmUp))}\n`);
}

function timed(): number {
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, linger.length);
  const begun = process.hrtime.bigint();
  const failed = connect(fd, target, target.length) !== 0;
  const took = Number(process.hrtime.bigint() - begun) / 1_000;
  const code = koffi.errno();
  close(fd);
  if (failed) {
    process.stderr.write(`connect to ${address}:${port} failed: ${errnoName(code)}\n`);
    process.exit(1);
  }
  return took;
}
