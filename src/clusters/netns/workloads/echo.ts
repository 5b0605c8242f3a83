import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import { delay } from './delay.js';
import { type Client, clientOf } from './express-client.js';
import { contentType, isFresh, sendError, sendText } from './express-send.js';
import type { PodIdentity } from './pod-identity.js';

/**
 * Answers as `mendhak/http-https-echo` does (its `index.js`, on Express 4): a JSON document about the request, on any path
 * and method. Of its environment it honours ECHO_BACK_TO_CLIENT, ECHO_INCLUDE_ENV_VARS and CORS_ALLOW_*; `query` is flat
 * (`a[b]=c` stays a key). Never throws, and keeps nothing between requests.
 */
export function echo(pod: PodIdentity): RequestListener {
  const { env } = pod;
  const silent = env.ECHO_BACK_TO_CLIENT === 'false';
  const shownEnv = env.ECHO_INCLUDE_ENV_VARS ? { env } : {};
  const cors = corsHeaders(env);

  return (req, res) => {
    answer(req, res).catch(() => res.destroy());
  };

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    res.setHeader('X-Powered-By', 'Express');
    const body = await readBody(req);
    const { path, query } = split(req.url ?? '/');
    if (!decodable(path)) {
      sendError(req, res, 400, `URIError: Failed to decode param '${path}'`);
      return;
    }
    const json: Parsed = isJson(req) ? parseJson(body) : {};
    if (json.fault !== undefined) {
      sendError(req, res, 500, json.fault);
      return;
    }
    const asked = (name: string): string => String(req.headers[name] || query[name] || '');
    const status = Number.parseInt(asked('x-set-response-status-code'), 10);
    if (status >= 100 && status < 600) res.statusCode = status;
    await delay(res, Number.parseInt(asked('x-set-response-delay-ms'), 10));
    const type = asked('x-set-response-content-type');
    if (type !== '') res.setHeader('Content-Type', contentType(type));
    for (const [name, value] of cors) res.setHeader(name, value);
    if (silent) res.end();
    else if (query.response_body_only === 'true') sendText(req, res, body, 'text/html');
    else {
      const document = { ...describe(req, body, path, query, clientOf(req), pod.name), ...shownEnv, ...json };
      sendText(req, res, JSON.stringify(document, null, 2), 'application/json');
    }
  }
}

type Query = ReturnType<typeof parseQuery>;

/** The fields in the image's order; those that are undefined do not appear. */
function describe(
  req: IncomingMessage,
  body: string,
  path: string,
  query: Query,
  client: Client,
  podName: string,
): Readonly<Record<string, unknown>> {
  return {
    path,
    headers: req.headers,
    method: req.method,
    body,
    fresh: isFresh(req),
    ...client,
    query,
    subdomains: subdomains(client.hostname),
    xhr: String(req.headers['x-requested-with'] ?? '').toLowerCase() === 'xmlhttprequest',
    os: { hostname: podName },
    // The TLS server name: plain HTTP has none.
    connection: {},
  };
}

async function readBody(req: IncomingMessage): Promise<string> {
  let body = '';
  req.setEncoding('utf8');
  for await (const part of req) body += String(part);
  return body;
}

function split(url: string): { path: string; query: Query } {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  return { path: path === '' ? '/' : path, query: parseQuery(question < 0 ? '' : target.slice(question + 1)) };
}

function decodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function isJson(req: IncomingMessage): boolean {
  const hasBody = req.headers['transfer-encoding'] !== undefined || req.headers['content-length'] !== undefined;
  return hasBody && /^\s*application\/json\s*(?:;|$)/i.test(req.headers['content-type'] ?? '');
}

interface Parsed {
  readonly json?: unknown;
  readonly fault?: string;
}

function parseJson(body: string): Parsed {
  try {
    const json: unknown = JSON.parse(body);
    return { json };
  } catch (error) {
    return { fault: String(error) };
  }
}

/** Express's `subdomain offset` is 2: what stands before `example.com`, the nearest first. */
function subdomains(hostname: string | undefined): string[] {
  if (hostname === undefined || /^[\d.]+$|:/.test(hostname)) return [];
  return hostname.split('.').reverse().slice(2);
}

function corsHeaders(env: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  if (!env.CORS_ALLOW_ORIGIN) return [];
  return ['Origin', 'Methods', 'Headers', 'Credentials'].flatMap((what): [string, string][] => {
    const value = env[`CORS_ALLOW_${what.toUpperCase()}`];
    return value ? [[`Access-Control-Allow-${what}`, value]] : [];
  });
}
