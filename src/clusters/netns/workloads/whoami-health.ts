import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GoRequest } from './go-request.js';
import type { GoResponse } from './go-response.js';

const longestBody = 64 * 1024;

/** `/health`: a POST sets the status that every other method gets from then on. */
export function whoamiHealth(): (request: GoRequest, out: GoResponse, req: IncomingMessage, res: ServerResponse) => Promise<void> {
  let status = 200;
  return async (request, out, req, res) => {
    if (request.method !== 'POST') {
      // Go panics on such a status, and its server hangs up.
      if (status < 200 || status > 999) res.destroy();
      else {
        out.status = status;
        out.end();
      }
      return;
    }
    let body = '';
    req.setEncoding('utf8');
    for await (const part of req) if (body.length < longestBody) body += String(part);
    const read = readInteger(body);
    if (typeof read === 'string') {
      out.error(400, read);
      return;
    }
    status = read;
    out.end();
  };
}

/** The number that the body starts with, or the message of Go's `json.Decoder` about what it starts with. */
function readInteger(body: string): number | string {
  const start = body.replace(/^[ \t\r\n]+/, '');
  if (start === '') return 'EOF';
  const number = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(start);
  if (number !== null) {
    return number[1] === undefined && number[2] === undefined
      ? Number(number[0])
      : `json: cannot unmarshal number ${number[0]} into Go value of type int`;
  }
  const kind = start.startsWith('"')
    ? 'string'
    : start.startsWith('{')
      ? 'object'
      : start.startsWith('[')
        ? 'array'
        : /^(?:true|false)/.test(start)
          ? 'bool'
          : '';
  return kind === ''
    ? `invalid character '${start.charAt(0)}' looking for beginning of value`
    : `json: cannot unmarshal ${kind} into Go value of type int`;
}
