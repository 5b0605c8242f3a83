import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** Express 4's `res.send` of a string: its type with the charset, its length and a weak ETag; 304 and 204 have no body. */
export function sendText(req: IncomingMessage, res: ServerResponse, text: string, type: string): void {
  const body = Buffer.from(text, 'utf8');
  const set = res.getHeader('Content-Type');
  res.setHeader('Content-Type', withCharset(set === undefined ? type : String(set)));
  res.setHeader('Content-Length', body.length);
  res.setHeader('ETag', etag(body));
  if (isFresh(req) && ((res.statusCode >= 200 && res.statusCode < 300) || res.statusCode === 304)) res.statusCode = 304;
  if (res.statusCode === 204 || res.statusCode === 304) {
    res.removeHeader('Content-Type');
    res.removeHeader('Content-Length');
    res.end();
    return;
  }
  if (req.method === 'HEAD') res.end();
  else res.end(body);
}

/** Express's error page (`finalhandler`), without the stack trace that a development server adds. */
export function sendError(req: IncomingMessage, res: ServerResponse, status: number, message: string): void {
  const shown = message.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const page = `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>${shown}</pre>\n</body>\n</html>\n`;
  res.statusCode = status;
  res.statusMessage = STATUS_CODES[status] ?? '';
  res.setHeader('Content-Security-Policy', "default-src 'none'");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(page));
  res.end(req.method === 'HEAD' ? undefined : page);
}

/** Express's `req.fresh` before there is an ETag to compare: only `If-None-Match: *` on its own can be. */
export function isFresh(req: IncomingMessage): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  const { 'if-none-match': match, 'if-modified-since': since, 'cache-control': cache } = req.headers;
  return match === '*' && since === undefined && !/(?:^|,)\s*no-cache\s*(?:,|$)/.test(cache ?? '');
}

/** Express's `res.type`: a media type as it is, or the type of a file name's ending. */
export function contentType(asked: string): string {
  const type = asked.includes('/') ? asked : (types.get(asked.replace(/^.*\./, '').toLowerCase()) ?? 'application/octet-stream');
  return /^text\/|^application\/(?:json|javascript)/.test(type) && !/;\s*charset\s*=/.test(type) ? `${type}; charset=utf-8` : type;
}

const types: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html'],
  ['txt', 'text/plain'],
  ['text', 'text/plain'],
  ['css', 'text/css'],
  ['csv', 'text/csv'],
  ['js', 'application/javascript'],
  ['json', 'application/json'],
  ['xml', 'application/xml'],
]);

function withCharset(type: string): string {
  return `${type.replace(/\s*;\s*charset\s*=[^;]*/i, '')}; charset=utf-8`;
}

function etag(body: Buffer): string {
  const hash = createHash('sha1').update(body).digest('base64').slice(0, 27);
  return `W/"${body.length.toString(16)}-${hash}"`;
}
