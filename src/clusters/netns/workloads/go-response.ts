import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { GoRequest } from './go-request.js';

/** Go's `bufferBeforeChunkingSize` (`net/http/server.go`): an answer up to this many bytes gets a Content-Length, a longer one chunks. */
const bufferSize = 2048;

/**
 * An answer with the headers that Go's `net/http` server would give it, in its order: those that the handler set, sorted,
 * then Date, Content-Length, the sniffed Content-Type, Connection. Text is latin1, one byte a character.
 * Two things are Node's: the status line always says HTTP/1.1, and the sizes of the chunks.
 */
export class GoResponse {
  status = 200;
  readonly #res: ServerResponse;
  readonly #request: GoRequest;
  readonly #headers = new Map<string, string>();
  #held = '';
  #started = false;

  constructor(res: ServerResponse, request: GoRequest) {
    this.#res = res;
    this.#request = request;
  }

  /** Names in Go's canonical form. */
  set(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  /** Returns false when the caller should wait until the response has drained. */
  write(text: string): boolean {
    if (this.#started) return this.#res.write(text, 'latin1');
    this.#held += text;
    if (this.#held.length <= bufferSize) return true;
    this.#start(undefined);
    return this.#res.write(this.#held, 'latin1');
  }

  end(text = ''): void {
    if (text !== '') this.write(text);
    if (this.#started) {
      this.#res.end();
      return;
    }
    this.#start(this.#held.length);
    this.#res.end(this.#held, 'latin1');
  }

  /** Go's `http.Error`. */
  error(status: number, message: string): void {
    this.status = status;
    this.set('Content-Type', 'text/plain; charset=utf-8');
    this.set('X-Content-Type-Options', 'nosniff');
    this.end(`${message}\n`);
  }

  #start(length: number | undefined): void {
    this.#started = true;
    const { close, http11, method } = this.#request;
    const set = this.#headers;
    if (close) set.delete('Connection');
    const lines: string[] = [];
    for (const name of [...set.keys()].sort()) lines.push(name, set.get(name) ?? '');
    lines.push('Date', httpDate());
    const bodyAllowed = this.status !== 204 && this.status !== 304;
    const known = length !== undefined && (length > 0 || method !== 'HEAD');
    if (known && bodyAllowed && !set.has('Content-Length')) lines.push('Content-Length', String(length));
    if (length !== 0 && !set.has('Content-Type')) lines.push('Content-Type', 'text/plain; charset=utf-8');
    // HTTP/1.0 stays open only with a length; 1.1 needs a header only to close.
    const stays = !close && (http11 || known);
    if (close && http11) lines.push('Connection', 'close');
    if (stays && !http11 && !set.has('Connection')) lines.push('Connection', 'keep-alive');
    this.#res.shouldKeepAlive = stays;
    // Without this Node adds its own Connection and Keep-Alive.
    this.#res.removeHeader('Connection');
    this.#res.writeHead(this.status, STATUS_CODES[this.status] ?? `status code ${this.status}`, lines);
  }
}

/** What Go's server sends when it refuses a request before any handler: no Date, no length, and the connection ends. */
export function refuse(res: ServerResponse, reason: string): void {
  res.sendDate = false;
  res.removeHeader('Content-Length');
  res.removeHeader('Transfer-Encoding');
  res.writeHead(400, reason.slice('400 '.length), ['Content-Type', 'text/plain; charset=utf-8', 'Connection', 'close']);
  res.end(reason, 'latin1');
}

let second = 0;
let date = '';

function httpDate(): string {
  const now = Math.trunc(Date.now() / 1000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1000).toUTCString();
  }
  return date;
}
