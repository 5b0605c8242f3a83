import type { IncomingMessage, ServerResponse } from 'node:http';
import { drained } from './delay.js';
import type { GoRequest } from './go-request.js';
import type { GoResponse } from './go-response.js';
import { isTrue } from './go-values.js';

const letters = '-ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** A whole number of rounds through the letters, so that every piece of a long answer starts alike. */
const piece = letters.repeat(1024);

const units: ReadonlyMap<string, number> = new Map([
  ['kb', 2 ** 10],
  ['mb', 2 ** 20],
  ['gb', 2 ** 30],
  ['tb', 2 ** 40],
]);

/** `/data?size=&unit=&attachment=`: that many bytes of letters between bars, as whoami's `content.go` makes them. Ranges are not served. */
export async function whoamiData(request: GoRequest, out: GoResponse, _req: IncomingMessage, res: ServerResponse): Promise<void> {
  const query = new URLSearchParams(request.search);
  const asked = query.get('size') ?? '';
  const size = (/^[+-]?\d+$/.test(asked) ? Number(asked) : 1) * (units.get((query.get('unit') ?? '').toLowerCase()) ?? 1);
  // The original ends before its last byte: one byte comes out as none, and an attachment is one byte short.
  const attachment = isTrue(query.get('attachment'));
  const length = size <= 1 ? 0 : attachment ? size - 1 : size;
  if (attachment) {
    out.set('Accept-Ranges', 'bytes');
    out.set('Content-Disposition', 'Attachment');
    out.set('Content-Length', String(length));
    out.set('Content-Type', 'text/plain; charset=utf-8');
    out.set('Last-Modified', new Date().toUTCString());
  }
  // A HEAD request is never paced by its client: what nobody sees is not made.
  const end = request.method === 'HEAD' ? Math.min(length, piece.length) : length;
  for (let at = 0; at < end && !res.destroyed; at += piece.length) {
    let text = end - at < piece.length ? piece.slice(0, end - at) : piece;
    if (at === 0) text = `|${text.slice(1)}`;
    if (end - at <= piece.length) text = `${text.slice(0, -1)}|`;
    if (!out.write(text)) await drained(res);
  }
  out.end();
}
