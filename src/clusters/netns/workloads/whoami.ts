import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import { delay, drained } from './delay.js';
import { type GoRequest, printGoRequest, readGoRequest } from './go-request.js';
import { GoResponse, refuse } from './go-response.js';
import { goJson, isTrue, parseDuration, utf8Bytes } from './go-values.js';
import type { PodIdentity } from './pod-identity.js';
import { whoamiData } from './whoami-data.js';
import { whoamiHealth } from './whoami-health.js';

export interface WhoamiOptions {
  /** `-name`; without it the variable WHOAMI_NAME. */
  readonly name?: string;
  /** `-allowed-origins`; without it the variable WHOAMI_ALLOWED_ORIGINS, then `*`. */
  readonly allowedOrigins?: string;
}

type Route = (request: GoRequest, out: GoResponse, req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

/**
 * Answers as `traefik/whoami` does (its `app.go`): `/`, `/api`, `/health`, `/data`, `/bench`. WebSockets (`/echo`) and
 * HTTP trailers are not served. Never throws, and keeps nothing between requests but the state of `/health`.
 */
export function whoami(pod: PodIdentity, options: WhoamiOptions = {}): RequestListener {
  const name = options.name ?? pod.env.WHOAMI_NAME ?? '';
  const origins = options.allowedOrigins ?? (pod.env.WHOAMI_ALLOWED_ORIGINS || '*');
  const routes: ReadonlyMap<string, Route> = new Map([
    ['/api', api(pod, name, origins)],
    ['/health', whoamiHealth()],
    ['/data', whoamiData],
    ['/bench', bench],
    ['/echo', echo],
    ['*', asterisk],
  ]);
  const root = text(pod, name);

  return (req, res) => {
    const request = readGoRequest(req);
    if ('refused' in request) {
      refuse(res, request.refused);
      return;
    }
    const route = unclean(request.path) ? redirect : (routes.get(request.path) ?? root);
    serve(route, request, req, res).catch(() => res.destroy());
  };
}

async function serve(route: Route, request: GoRequest, req: IncomingMessage, res: ServerResponse): Promise<void> {
  await route(request, new GoResponse(res, request), req, res);
}

/** The address and port of the client as Go prints it: IPv4 without the IPv6 prefix of a dual-stack socket, IPv6 in brackets. */
function remoteAddress(req: IncomingMessage): string {
  const address = (req.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  return `${address.includes(':') ? `[${address}]` : address}:${req.socket.remotePort ?? 0}`;
}

function text(pod: PodIdentity, name: string): Route {
  const before = utf8Bytes(
    [...(name === '' ? [] : [`Name: ${name}`]), `Hostname: ${pod.name}`, ...pod.addresses.map((ip) => `IP: ${ip}`), 'RemoteAddr: '].join(
      '\n',
    ),
  );
  const env = utf8Bytes(
    Object.entries(pod.env)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  return async (request, out, req, res) => {
    const query = request.search === '' ? undefined : new URLSearchParams(request.search);
    const wait = parseDuration(query?.get('wait') ?? '') ?? 0;
    if (wait > 0) await delay(res, wait);
    out.write(`${before}${remoteAddress(req)}\n${printGoRequest(request)}`);
    if (request.contentLength !== 0) await copyBody(request, out, req, res);
    out.end(isTrue(query?.get('env') ?? null) ? env : '');
  };
}

/** Go gathers what came in chunks and prints it in chunks of what it read at once, at most this much. */
const readSize = 32 * 1024;

async function copyBody(request: GoRequest, out: GoResponse, req: IncomingMessage, res: ServerResponse): Promise<void> {
  req.setEncoding('latin1');
  let gathered = '';
  const chunk = async (): Promise<void> => {
    const piece = request.contentLength < 0 ? `${gathered.length.toString(16)}\r\n${gathered}\r\n` : gathered;
    gathered = '';
    if (!out.write(piece)) await drained(res);
  };
  for await (const part of req) {
    gathered += String(part);
    if (gathered.length >= readSize) await chunk();
  }
  if (gathered !== '') await chunk();
  if (request.contentLength < 0) out.write('0\r\n\r\n');
}

function api(pod: PodIdentity, name: string, origins: string): Route {
  // Empty fields are left out, as Go's `omitempty` does.
  const field = (key: string, value: string): string => (value === '' ? '' : `,"${key}":${goJson(value)}`);
  const before = utf8Bytes(
    [
      ...(pod.name === '' ? [] : [`"hostname":${goJson(pod.name)}`]),
      ...(pod.addresses.length === 0 ? [] : [`"ip":${goJson(pod.addresses)}`]),
    ].join(','),
  );
  const nameField = utf8Bytes(field('name', name));
  const sortedEnv = Object.fromEntries(Object.entries(pod.env).sort(([a], [b]) => (a < b ? -1 : 1)));
  const env = Object.keys(sortedEnv).length === 0 ? '' : utf8Bytes(`,"environ":${goJson(sortedEnv)}`);
  return (request, out, req) => {
    const headers = new Map<string, string[]>();
    for (const [key, value] of request.headers) headers.set(key, [...(headers.get(key) ?? []), value]);
    out.set('Access-Control-Allow-Methods', '*');
    out.set('Access-Control-Allow-Origin', origins);
    out.set('Content-Type', 'application/json');
    const fields = [
      request.headers.length === 0 ? '' : `,"headers":${goJson(Object.fromEntries(headers))}`,
      field('url', request.escapedPath + request.search),
      field('host', request.host),
      field('method', request.method),
      nameField,
      field('remoteAddr', remoteAddress(req)),
      isTrue(new URLSearchParams(request.search).get('env')) ? env : '',
    ];
    out.end(`{${before}${fields.join('').slice(before === '' ? 1 : 0)}}\n`);
  };
}

const bench: Route = (_, out) => {
  out.set('Connection', 'keep-alive');
  out.set('Content-Type', 'text/plain');
  out.end('1');
};

const echo: Route = (request, out) => {
  if (request.headers.some(([name, value]) => name === 'Upgrade' && value.toLowerCase() === 'websocket')) {
    out.error(501, 'WebSockets are not served here');
    return;
  }
  out.set('Sec-Websocket-Version', '13');
  out.error(400, 'Bad Request');
};

/** `OPTIONS *` asks about the server itself, and Go's server answers it; no other method may ask for `*`. */
const asterisk: Route = (request, out) => {
  if (request.method === 'OPTIONS') out.set('Content-Length', '0');
  else out.status = 400;
  out.end();
};

/** Go's ServeMux sends a path with empty, `.` or `..` segments to its clean form. */
function unclean(path: string): boolean {
  return path === '' || /\/(?:\/|\.\.?(?:\/|$))/.test(path);
}

const redirect: Route = (request, out) => {
  const location = (request.escapedPath === '/' ? '/' : posix.normalize(request.escapedPath)) + request.search;
  out.status = 301;
  out.set('Location', location);
  if (request.method === 'GET' || request.method === 'HEAD') out.set('Content-Type', 'text/html; charset=utf-8');
  const shown = location.replace(/[<>&"']/g, (c) => htmlEscapes.get(c) ?? c);
  out.end(request.method === 'GET' ? `<a href="${shown}">Moved Permanently</a>.\n\n` : '');
};

const htmlEscapes: ReadonlyMap<string, string> = new Map([
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['&', '&amp;'],
  ['"', '&#34;'],
  ["'", '&#39;'],
]);
