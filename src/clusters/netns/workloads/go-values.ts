/** Milliseconds of a Go duration (`time.ParseDuration`: `300ms`, `1.5h`, `2m3s`, `-1s`); undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const whole = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (whole === null) return undefined;
  let total = 0;
  for (const [, amount, unit] of (whole[2] ?? '').matchAll(/([\d.]+)([a-zµμ]+)/g))
    total += Number(amount) * (milliseconds.get(unit ?? '') ?? 0);
  return whole[1] === '-' ? -total : total;
}

const milliseconds: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** `strconv.ParseBool`, with false for what is no boolean. */
export function isTrue(text: string | null): boolean {
  return text !== null && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text);
}

/** `json.Marshal` of a string, map or list: as `JSON.stringify`, with what is special in HTML escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Text as its UTF-8 bytes, one a character: the form in which requests come and answers go. */
export function utf8Bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
