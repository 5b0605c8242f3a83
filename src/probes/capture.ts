import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import type { Soundness } from '../core/evidence.js';
import type { Place, RunningCommand } from '../core/executor.js';
import type { Probe, ProbeContext } from '../core/probe.js';
import { waitFor } from '../core/wait.js';
import { parseDrops } from '../evidence/drops.js';
import { failure, keep, read } from './files.js';

const optionsSchema = z.strictObject({
  filter: z.string().min(1).describe('A pcap filter (pcap-filter(7)); templates such as $service.port are expanded'),
});

type Options = z.infer<typeof optionsSchema>;

/** Where a sentinel goes: the discard port of the place's own loopback, where nothing else is sent. */
const sentinelFilter = 'udp dst port 9 and dst host 127.0.0.1';
const sendSentinel = 'printf %s "$1" > /dev/udp/127.0.0.1/9';

/**
 * tcpdump on every interface of each place. It is listening before anything is sent; before it is stopped, a sentinel packet must have
 * reached its file, since what tcpdump has not read yet would be missing without being counted as dropped.
 * The format is LINUX_SLL2, which tells the interface and the direction of each packet.
 */
export const capture: Probe<Options> = {
  kind: 'capture',
  optionsSchema,
  async begin(context) {
    const begun = await Promise.allSettled(context.places.map((place) => Capture.begin(context, place)));
    const captures = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = begun.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      await Promise.all(captures.map((one) => one.abandon()));
      throw failed.reason;
    }
    return {
      async end() {
        await Promise.all(captures.map((one) => one.sentinel()));
        const ends = await Promise.all(captures.map((one) => one.stop()));
        return { parts: captures.flatMap((one) => one.parts()), soundness: ends.find((end) => !end.sound) ?? { sound: true } };
      },
      async [Symbol.asyncDispose]() {
        await Promise.all(captures.map((one) => one.abandon()));
      },
    };
  },
};

class Capture {
  readonly #context: ProbeContext<Options>;
  readonly #place: Place;
  readonly #file: string;
  readonly #path: string;
  readonly #tcpdump: RunningCommand;
  readonly #links: Awaited<ReturnType<typeof keep>>;
  /** tcpdump has ended without being told to. */
  #died = false;
  #stopping = false;

  static async begin(context: ProbeContext<Options>, place: Place): Promise<Capture> {
    const file = context.fileFor(place, 'capture', 'pcap');
    const path = await context.sink.pathFor(file);
    const filter = `(${context.options.filter}) or (${sentinelFilter})`;
    // -U and --immediate-mode: each packet is in the file as soon as it was seen. -n: no look-ups. In immediate mode every packet takes a
    // slot of the snapshot length in the ring (packet(7), TPACKET_V2): with tcpdump's own 256 KiB a burst of nine would be dropped.
    const argv = [
      'tcpdump',
      '-i',
      'any',
      '-y',
      'LINUX_SLL2',
      '-n',
      '-U',
      '--immediate-mode',
      '-s',
      '4096',
      '-B',
      '8192',
      '-w',
      '-',
      filter,
    ];
    const executor = context.executor(place);
    const links = read(context, place, ['ip', '-j', 'link']).then((text) =>
      keep(context, place, { role: 'links', format: 'links-json', extension: 'json' }, text),
    );
    // It is looked at below; until then its failure is not one that nobody handles.
    links.catch(() => {});
    const tcpdump = await executor.start(argv, { stdoutFile: path, signal: context.signal });
    try {
      await tcpdump.waitForStderr(/listening on /, { signal: context.signal });
      return new Capture(context, place, file, path, tcpdump, await links);
    } catch (error) {
      await tcpdump[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(
    context: ProbeContext<Options>,
    place: Place,
    file: string,
    path: string,
    tcpdump: RunningCommand,
    links: Awaited<ReturnType<typeof keep>>,
  ) {
    this.#context = context;
    this.#place = place;
    this.#file = file;
    this.#path = path;
    this.#tcpdump = tcpdump;
    this.#links = links;
    tcpdump.ended.then(() => {
      this.#died = !this.#stopping;
    });
  }

  /** Resolves when the file shows the sentinel: all that was sent before it is in the file too. Of a tcpdump that has died, `stop` tells. */
  async sentinel(): Promise<void> {
    const token = `svclab-${randomBytes(12).toString('hex')}`;
    const { signal } = this.#context;
    const sent = await this.#context.executor(this.#place).run(['bash', '-c', sendSentinel, 'sentinel', token], { signal });
    if (this.#died) return;
    if (sent.exitCode !== 0) throw failure(sent);
    const file = await open(this.#path, 'r');
    try {
      await waitFor(`the sentinel packet in ${this.#file}`, async () => (await endsWith(file, token)) ?? (this.#died || undefined), {
        intervalMs: 2,
        timeoutMs: 10_000,
        signal,
      });
    } finally {
      await file.close();
    }
  }

  async stop(): Promise<Soundness> {
    this.#stopping = true;
    const end = await this.#tcpdump.stop('SIGINT');
    if (this.#died) {
      const said = end.stderr.trim();
      return unsound(`tcpdump at ${this.#place} ended too early: ${said}`, `${this.#place}의 tcpdump가 너무 일찍 끝났습니다: ${said}`);
    }
    const drops = parseDrops(end.stderr);
    const lost = (drops.droppedByKernel ?? 0) + (drops.droppedByInterface ?? 0);
    if (drops.droppedByKernel === undefined) {
      const said = end.stderr.trim();
      return unsound(
        `tcpdump at ${this.#place} did not say how many packets it dropped: ${said}`,
        `${this.#place}의 tcpdump가 놓친 패킷 수를 말하지 않았습니다: ${said}`,
      );
    }
    if (lost > 0)
      return unsound(`tcpdump at ${this.#place} dropped ${lost} packets`, `${this.#place}의 tcpdump가 패킷 ${lost}개를 놓쳤습니다`);
    return { sound: true };
  }

  parts() {
    return [{ place: this.#place, role: 'capture', format: 'pcap', file: this.#file }, this.#links];
  }

  async abandon(): Promise<void> {
    await this.#tcpdump[Symbol.asyncDispose]();
  }
}

/** The sentinel is the last packet that the filter lets through, so it is looked for near the end of the file. */
async function endsWith(file: FileHandle, token: string): Promise<true | undefined> {
  const { size } = await file.stat();
  const length = Math.min(size, 64 * 1024);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.subarray(0, bytesRead).includes(token) ? true : undefined;
}

function unsound(en: string, ko: string): Soundness {
  return { sound: false, why: { en, ko } };
}
