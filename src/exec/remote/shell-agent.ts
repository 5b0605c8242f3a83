import { EnvironmentError } from '../../core/errors.js';
import type { Streams } from './streams.js';

/**
 * A bash that runs commands side by side and gives back what they print. To start a process in a container costs a tenth of a second, and to
 * have this one start it some milliseconds: beside the command itself it starts no program, since each would cost as much again.
 *
 * A request is `run`, its id, the length of its input in bytes (-1: none), the input, the number of words, and the words; or `signal`, an id, a pid and
 * the signal's name; or `end` and an id. All but the input end with a NUL, which no argument can hold. An answer is one line,
 * `id exitCode stdoutBytes stderrBytes`, and then those bytes; a byte in a pipe is the turn to write one. Every command has a process group of its own
 * (`set -m`), which `end` ends, and so does the end of standard input.
 *
 * The shell reads a file only up to a NUL, or in pieces between them; whether the last one ended with a NUL is told by an x after all that was printed.
 */
const agent = `
set -m
export LC_ALL=C
folder=$(mktemp -d) || exit 1
mkfifo "$folder/turn" && exec 9<>"$folder/turn" && printf . >&9 || exit 1
# What a shell says of its jobs is no word about the connection. The stream stays open: where it is closed, containerd closes standard input too.
exec 8>&2 2>/dev/null
declare -A group
# Sets size, and pieces where the file is small: what a shell does byte by byte, a program soon does faster.
take() {
  pieces=()
  IFS= read -r -N 65536 start <"$1"
  if [ "\${#start}" -lt 65536 ]; then
    mapfile -d '' pieces <"$1"
    size=$(("\${#pieces[@]}" - 2))
    for piece in "\${pieces[@]}"; do size=$((size + \${#piece})); done
    case "\${pieces[-1]}" in *x) ;; *) code=incomplete ;; esac
  else
    size=$(($(stat -c %s "$1") - 1))
    [ "$(tail -c 1 "$1")" = x ] || code=incomplete
  fi
}
show() {
  [ "$#" -gt 2 ] || head -c "$2" "$1"
  shift 2
  while [ "$#" -gt 1 ]; do printf '%s\\0' "$1"; shift; done
  printf %s "\${1%x}"
}
while IFS= read -r -d '' kind && IFS= read -r -d '' id; do
  if [ "$kind" = end ]; then
    [ -n "\${group[$id]-}" ] || continue
    # Nobody is ended amid an answer. Where its reader has gone, so has the one who asks.
    IFS= read -r -N 1 -t 60 -u 9 turn || break
    kill -KILL -- "-\${group[$id]}"
    # While it dies, it could still take the turn, and never give it back.
    wait "\${group[$id]}"
    printf . >&9
    : >"$folder/$id.out" 2>"$folder/$id.err"
    continue
  fi
  if [ "$kind" = signal ]; then
    IFS= read -r -d '' pid
    IFS= read -r -d '' name
    kill -s "$name" -- "$pid"
    code=$?
    IFS= read -r -N 1 -u 9 turn
    printf '%s %s 0 0\\n' "$id" "$code"
    printf . >&9
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
    exec 8>&-
    {
      if [ "$size" -ge 0 ]; then printf %s "$input" | "\${words[@]}" 9>&-; else "\${words[@]}" </dev/null 9>&-; fi
      code=$?
      printf x
      printf x >&2
    } >>"$folder/$id.out" 2>>"$folder/$id.err"
    take "$folder/$id.out"
    out=("\${pieces[@]}")
    sizes=$size
    take "$folder/$id.err"
    IFS= read -r -N 1 -u 9 turn
    printf '%s %s %s %s\\n' "$id" "$code" "$sizes" "$size"
    show "$folder/$id.out" "$sizes" "\${out[@]}"
    show "$folder/$id.err" "$size" "\${pieces[@]}"
    printf . >&9
    : >"$folder/$id.out" 2>"$folder/$id.err"
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
    const { id, answer } = this.#ask();
    const bytes = Buffer.from(input ?? '');
    this.#send(['run', id, String(input === undefined ? -1 : bytes.length)], bytes, [String(argv.length), ...argv]);
    return { id, answer };
  }

  /** Sends a signal to a process there, which may have ended. @returns whether the agent has done so: false when the connection was lost before. */
  signal(pid: string, signal: NodeJS.Signals): Promise<boolean> {
    const { id, answer } = this.#ask();
    this.#send(['signal', id, pid, signal.replace(/^SIG/, '')]);
    return answer.then(
      () => true,
      () => false,
    );
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

  #ask(): { readonly id: string; readonly answer: Promise<Answer> } {
    const id = String(this.#next++);
    const answer = new Promise<Answer>((resolve, reject) => {
      if (this.#lost === undefined) this.#waiting.set(id, { resolve, reject });
      else reject(this.#lost);
    });
    return { id, answer };
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
