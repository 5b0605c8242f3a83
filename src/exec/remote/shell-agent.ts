import { EnvironmentError } from '../../core/errors.js';
import type { Streams } from './streams.js';

/**
 * A bash that runs commands side by side and gives back what they print. To start a process in a container costs a tenth of a second, and to
 * have this one start it some milliseconds.
 *
 * A request is `run`, its id, the length of its input in bytes (-1: none), the input, the number of words, and the words; or `end` and an id. All but the
 * input end with a NUL, which no argument can hold. An answer is one line, `id exitCode stdoutBytes stderrBytes`, and then those bytes; a lock
 * keeps answers apart. Every command has a process group of its own (`set -m`), which `end` ends, and so does the end of standard input.
 */
const agent = `
set -m
export LC_ALL=C
folder=$(mktemp -d) || exit 1
# What a shell says of its jobs is no word about the connection.
exec 2>/dev/null
declare -A group
while IFS= read -r -d '' kind && IFS= read -r -d '' id; do
  if [ "$kind" = end ]; then
    [ -z "\${group[$id]-}" ] || kill -KILL -- "-\${group[$id]}"
    rm -f "$folder/$id.out" "$folder/$id.err"
    continue
  fi
  IFS= read -r -d '' size
  input=
  [ "$size" -le 0 ] || IFS= read -r -N "$size" input
  IFS= read -r -d '' count
  words=()
  while [ "\${#words[@]}" -lt "$count" ]; do
    IFS= read -r -d '' word
    words+=("$word")
  done
  (
    if [ "$size" -ge 0 ]; then printf %s "$input" | "\${words[@]}"; else "\${words[@]}" </dev/null; fi >"$folder/$id.out" 2>"$folder/$id.err"
    code=$?
    exec 9>"$folder/lock"
    flock 9
    sizes=$(stat -c %s "$folder/$id.out" "$folder/$id.err")
    printf '%s %s %s\\n' "$id" "$code" "\${sizes/$'\\n'/ }"
    cat "$folder/$id.out" "$folder/$id.err"
    rm -f "$folder/$id.out" "$folder/$id.err"
  ) &
  group[$id]=$!
done
kill -KILL $(jobs -p | sed 's/^/-/') 2>/dev/null
rm -rf "$folder"
`;

/** What the agent's process is. */
export const agentCommand: readonly string[] = ['bash', '-c', agent];

export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Speaks with an agent over its streams. */
export class ShellAgent {
  readonly #streams: Streams;
  readonly #where: string;
  readonly #waiting = new Map<string, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #said = '';
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #header: Header | undefined;
  #next = 1;
  #lost: Error | undefined;

  constructor(streams: Streams, where: string) {
    this.#streams = streams;
    this.#where = where;
    streams.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    streams.stderr.on('data', (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk.toString()}`.slice(-2000);
    });
    streams.ended.then((code) => this.#lose(new EnvironmentError(`the connection to ${where} was lost${this.#because(code)}`)));
    // Its end is told by `ended`; without a listener a broken pipe would end this process.
    streams.stdin.on('error', () => {});
  }

  /** Whether commands can still be sent. */
  get alive(): boolean {
    return this.#lost === undefined;
  }

  /** @throws EnvironmentError when the connection is lost before the answer has come. */
  run(argv: readonly string[], input?: string): { readonly id: string; readonly answer: Promise<Answer> } {
    const id = String(this.#next++);
    const answer = new Promise<Answer>((resolve, reject) => {
      if (this.#lost === undefined) this.#waiting.set(id, { resolve, reject });
      else reject(this.#lost);
    });
    const bytes = Buffer.from(input ?? '');
    this.#send(['run', id, String(input === undefined ? -1 : bytes.length)], bytes, [String(argv.length), ...argv]);
    return { id, answer };
  }

  /** Ends the command, and everything it has started; its answer no longer comes. */
  end(id: string): void {
    this.#waiting.delete(id);
    this.#send(['end', id]);
  }

  /** Ends the agent with every command that it still runs. */
  async close(): Promise<void> {
    this.#streams.stdin.end();
    await this.#streams.ended;
  }

  /** Cuts the connection at once. */
  abandon(): void {
    this.#streams.close();
  }

  #send(head: readonly string[], input: Buffer = Buffer.alloc(0), tail: readonly string[] = []): void {
    if (this.#lost === undefined) this.#streams.stdin.write(Buffer.concat([words(head), input, words(tail)]));
  }

  #take(chunk: Buffer): void {
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    for (;;) {
      if (this.#header === undefined) {
        if (!chunk.includes(10) && this.#unread.length > 1) return;
        const all = Buffer.concat(this.#unread);
        const end = all.indexOf(10);
        if (end === -1) return;
        const line = all.toString('utf8', 0, end);
        this.#header = header(line);
        if (this.#header === undefined) {
          this.#misunderstood(line);
          return;
        }
        this.#keep(all.subarray(end + 1));
      }
      const { id, exitCode, out, err } = this.#header;
      if (this.#unreadBytes < out + err) return;
      const all = Buffer.concat(this.#unread);
      this.#waiting.get(id)?.resolve({ exitCode, stdout: all.toString('utf8', 0, out), stderr: all.toString('utf8', out, out + err) });
      this.#waiting.delete(id);
      this.#header = undefined;
      this.#keep(all.subarray(out + err));
      chunk = all;
    }
  }

  #keep(rest: Buffer): void {
    this.#unread = rest.length === 0 ? [] : [rest];
    this.#unreadBytes = rest.length;
  }

  /** Such as after its folder was emptied under it; what follows cannot be told apart any more. */
  #misunderstood(line: string): void {
    this.#lose(new EnvironmentError(`the connection to ${this.#where} was lost: its agent answered '${line.slice(0, 200)}'`));
    this.#streams.close();
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
  }

  #because(code: number | null): string {
    const said = this.#said.trim();
    if (said !== '') return `: ${said}`;
    return code === null ? '' : ` (exit code ${code})`;
  }
}

interface Header {
  readonly id: string;
  readonly exitCode: number;
  readonly out: number;
  readonly err: number;
}

function header(line: string): Header | undefined {
  const [id = '', ...numbers] = line.split(' ');
  const [exitCode = Number.NaN, out = Number.NaN, err = Number.NaN] = numbers.map(Number);
  return [exitCode, out, err].every(Number.isInteger) && numbers.length === 3 ? { id, exitCode, out, err } : undefined;
}

function words(list: readonly string[]): Buffer {
  return Buffer.from(list.map((word) => `${word}\0`).join(''));
}
