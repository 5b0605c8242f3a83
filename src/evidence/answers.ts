import { z } from 'zod';
import { parseJsonAs } from './json.js';

const port = z.int().min(0).max(65_535);

const answerSchema = z.strictObject({
  /** From 0, in the order in which they were sent; where several curls shared them, first all of one. */
  index: z.int().min(0),
  url: z.string(),
  /** As curl saw them; an empty address and port 0 where no connection came about. */
  localAddress: z.string(),
  localPort: port,
  remoteAddress: z.string(),
  remotePort: port,
  /** The HTTP status code; 0 where there was no answer. */
  status: z.int().min(0).max(999),
  body: z.string(),
  /** curl's own words about what went wrong. */
  error: z.string().exactOptional(),
  /** curl's exit code for this request; 0 is success (curl(1), EXIT CODES). */
  exitCode: z.int().min(0),
  /** Microseconds since 1970. */
  startedAtUs: z.number().min(0).exactOptional(),
  /** Microseconds since 1970: it had ended then. */
  endedByUs: z.number().min(0).exactOptional(),
  timeTotalMs: z.number().min(0).exactOptional(),
});

const answersSchema = z.strictObject({
  /** What was run, as a person would type it. */
  command: z.string(),
  answers: z.array(answerSchema),
});

export type Answer = Readonly<z.infer<typeof answerSchema>>;

/** What the requests probe got back. */
export interface Answers {
  readonly command: string;
  readonly answers: readonly Answer[];
}

/** @throws UnreadableError that names the field. */
export function parseAnswers(text: string): Answers {
  return parseJsonAs(text, answersSchema);
}

export function printAnswers(answers: Answers): string {
  return `${JSON.stringify(answers, undefined, 1)}\n`;
}

/**
 * Which pod answered: the `Hostname:` line of traefik/whoami, or `os.hostname` in the JSON of mendhak/http-https-echo.
 * Undefined where the answer is neither, or failed.
 */
export function hostnameOf(answer: Answer): string | undefined {
  if (answer.exitCode !== 0 || answer.status !== 200) return undefined;
  const line = /^Hostname: (\S+)\r?$/m.exec(answer.body)?.[1];
  if (line !== undefined) return line;
  const echo = echoSchema.safeParse(jsonOrUndefined(answer.body));
  return echo.success ? echo.data.os.hostname : undefined;
}

/** What the client took the server for: `hostname` in the JSON of mendhak/http-https-echo, which Express takes from the Host header, without its port. */
export function askedHostnameOf(answer: Answer): string | undefined {
  const named = namedSchema.safeParse(jsonOrUndefined(answer.body));
  return named.success ? named.data.hostname : undefined;
}

const namedSchema = z.looseObject({ hostname: z.string().min(1) });
const echoSchema = z.looseObject({ os: z.looseObject({ hostname: z.string().min(1) }) });

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
