import type { IncomingMessage } from 'node:http';

/**
 * A request as Go's `net/http` server sees it. All strings hold one byte a character (latin1), as Node hands them over,
 * so that what was not ASCII goes back out byte for byte.
 */
export interface GoRequest {
  readonly method: string;
  readonly host: string;
  /** `URL.Path`: decoded, the name of the route. */
  readonly path: string;
  /** `URL.EscapedPath()`. */
  readonly escapedPath: string;
  /** With its question mark; empty when there is none. */
  readonly search: string;
  /** Canonical name and value, sorted by name, without Host, Transfer-Encoding and Trailer. */
  readonly headers: readonly (readonly [string, string])[];
  /** Bytes of the body; -1 when it comes in chunks. */
  readonly contentLength: number;
  /** The connection ends with this answer. */
  readonly close: boolean;
  readonly http11: boolean;
}

/** Why Go's server answers 400 before any handler runs; it is the status line's reason and the body. */
export interface BadRequest {
  readonly refused: string;
}

/** Reads a request by the rules of Go's `net/http` (`readRequest`, `shouldClose`) and `net/url` (`ParseRequestURI`, `EscapedPath`). */
export function readGoRequest(req: IncomingMessage): GoRequest | BadRequest {
  const target = splitTarget(req.url ?? '/');
  if (target === undefined) return { refused: '400 Bad Request' };
  const http11 = req.httpVersionMinor > 0;
  const host = target.host ?? req.headers.host;
  if (host === undefined && http11) return { refused: '400 Bad Request: missing required Host header' };
  const connection = tokens(req.headers.connection);
  return {
    method: req.method ?? 'GET',
    host: host ?? '',
    path: target.path.includes('%') ? unescapeBytes(target.path) : target.path,
    escapedPath: escapePath(target.path),
    search: target.search,
    headers: canonicalHeaders(req.rawHeaders),
    contentLength: req.headers['transfer-encoding'] === undefined ? Number(req.headers['content-length'] ?? 0) : -1,
    close: connection.includes('close') || (!http11 && !connection.includes('keep-alive')),
    http11,
  };
}

/** The request's head, down to its blank line, as Go's `Request.Write` prints it (`net/http/request.go`, `transfer.go`). */
export function printGoRequest(request: GoRequest): string {
  const { method, host, headers, contentLength } = request;
  let agent = 'Go-http-client/1.1';
  let saysClose = false;
  let rest = '';
  for (const [name, value] of headers) {
    if (name === 'User-Agent') agent = value;
    else if (name !== 'Content-Length') rest += `${name}: ${value}\r\n`;
    if (name === 'Connection' && tokens(value).includes('close')) saysClose = true;
  }
  let head = `${method} ${request.escapedPath}${request.search} HTTP/1.1\r\nHost: ${host}\r\n`;
  if (agent !== '') head += `User-Agent: ${agent}\r\n`;
  if (request.close && !saysClose) head += 'Connection: close\r\n';
  if (contentLength < 0) head += 'Transfer-Encoding: chunked\r\n';
  else if (contentLength > 0 || alwaysHasLength.has(method)) head += `Content-Length: ${contentLength}\r\n`;
  return `${head}${rest}\r\n`;
}

const alwaysHasLength: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const dropped: ReadonlySet<string> = new Set(['Host', 'Transfer-Encoding', 'Trailer']);

function splitTarget(url: string): { host?: string; path: string; search: string } | undefined {
  const question = url.indexOf('?');
  const before = question < 0 ? url : url.slice(0, question);
  const search = question < 0 ? '' : url.slice(question);
  if (/%(?![0-9a-f]{2})/i.test(before)) return undefined;
  if (before.startsWith('/') || before === '*') return { path: before, search };
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(.*)$/i.exec(before);
  return absolute === null ? undefined : { host: absolute[1] ?? '', path: absolute[2] ?? '', search };
}

function canonicalHeaders(raw: readonly string[]): [string, string][] {
  const headers: [string, string][] = [];
  const names = new Set<string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = canonicalName(raw[i] ?? '');
    names.add(name);
    if (!dropped.has(name)) headers.push([name, raw[i + 1] ?? '']);
  }
  // net/http's fixPragmaCacheControl.
  if (names.has('Pragma') && !names.has('Cache-Control') && headers.find(([name]) => name === 'Pragma')?.[1] === 'no-cache') {
    headers.push(['Cache-Control', 'no-cache']);
  }
  return headers.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Clients send the same few names again and again. */
const canonicalNames = new Map<string, string>();
const mostNames = 1000;

function canonicalName(name: string): string {
  const known = canonicalNames.get(name);
  if (known !== undefined) return known;
  const canonical = name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
  if (canonicalNames.size < mostNames) canonicalNames.set(name, canonical);
  return canonical;
}

function tokens(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(',').map((token) => token.trim().toLowerCase());
}

/** A path that is fit to be sent stays as it came; any other is decoded and encoded anew (`validEncoded`, `shouldEscape`). */
function escapePath(path: string): string {
  if (path === '') return '/';
  if (/^[\w\-.~/$&+,:;=@!'()*[\]%]*$/.test(path)) return path;
  return unescapeBytes(path).replace(/[^\w\-.~/$&+,:;=@]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function unescapeBytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
