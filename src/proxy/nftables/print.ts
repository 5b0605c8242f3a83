import { fieldsOf, isRecord, itemsOf } from '../../objects/source/pick.js';

/**
 * Statements of a rule, as libnftables-json(5) has them, in the words of `nft list` (nftables 1.0.6). Covers what kube-proxy writes and what is common; the
 * rest stays JSON. Every text differs from that of another statement.
 */
export function printStatements(statements: readonly unknown[]): string {
  return statements.map(printStatement).join(' ');
}

function printStatement(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const [[name = '', value] = []] = Object.entries(fieldsOf(statement));
  const fields = fieldsOf(value);
  switch (name) {
    case 'match':
      return printMatch(fields);
    case 'jump':
    case 'goto':
      return `${name} ${String(fields['target'])}`;
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'counter':
      return name;
    case 'reject':
      return printReject(fields);
    case 'masquerade':
      return ['masquerade', ...flags(fields['flags'])].join(' ');
    case 'dnat':
    case 'snat':
      return `${name} to ${printTarget(fields)}`;
    case 'mangle':
      return `${printExpression(fields['key'])} set ${printExpression(fields['value'], isMark(fields['key']))}`;
    case 'vmap':
      return `${printExpression(fields['key'])} vmap ${printExpression(fields['data'])}`;
    case 'set':
      return `${String(fields['op'])} ${String(fields['set'])} { ${printExpression(fields['elem'])} }`;
    default:
      return JSON.stringify(statement);
  }
}

/** One expression; marks are written in hexadecimal. */
export function printExpression(expression: unknown, hexadecimal = false): string {
  if (typeof expression === 'number') return hexadecimal ? `0x${expression.toString(16).padStart(8, '0')}` : String(expression);
  if (typeof expression === 'string') return expression;
  if (Array.isArray(expression)) return expression.map((part: unknown) => printExpression(part, hexadecimal)).join(',');
  const [[name = '', value] = []] = Object.entries(fieldsOf(expression));
  const fields = fieldsOf(value);
  const parts = itemsOf(value);
  switch (name) {
    case 'payload':
      return `${String(fields['protocol'])} ${String(fields['field'])}`;
    case 'meta':
    case 'ct':
      return `${name} ${String(fields['key'])}`;
    case 'fib':
      return ['fib', ...flags(fields['flags']), String(fields['result'])].join(' ');
    case 'numgen':
      return `numgen ${String(fields['mode'])} mod ${String(fields['mod'])}${fields['offset'] ? ` offset ${String(fields['offset'])}` : ''}`;
    case 'prefix':
      return `${String(fields['addr'])}/${String(fields['len'])}`;
    case 'range':
      return parts.map((part) => printExpression(part)).join('-');
    case 'concat':
      return parts.map((part) => printExpression(part)).join(' . ');
    case 'set':
      return `{ ${parts.map(printMember).join(', ')} }`;
    case 'elem':
      return printExpression(fields['val']);
    case '&':
    case '|':
    case '^':
      return parts.map((part) => printExpression(part, isMark(parts[0]))).join(` ${name} `);
    default:
      return printStatement(expression);
  }
}

/** A key, or a key with what it leads to. */
function printMember(member: unknown): string {
  return Array.isArray(member) ? member.map((part: unknown) => printExpression(part)).join(' : ') : printExpression(member);
}

function printMatch({ op, left, right }: Readonly<Record<string, unknown>>): string {
  // `ct state new` asks for one bit of many; an equality goes without a sign unless it compares a sum of bits.
  const sign = op === 'in' || (op === '==' && !isBits(left)) ? '' : ` ${String(op)}`;
  return `${printExpression(left)}${sign} ${printExpression(right, isBits(left) && isMark(itemsOf(Object.values(fieldsOf(left))[0])[0]))}`;
}

/** What the kernel answers unless a rule says otherwise goes without saying. */
function printReject({ type, expr }: Readonly<Record<string, unknown>>): string {
  if (type === undefined || (expr === 'port-unreachable' && type !== 'icmpx')) return 'reject';
  return ['reject with', type, expr].filter((word) => word !== undefined).join(' ');
}

function printTarget({ addr, port }: Readonly<Record<string, unknown>>): string {
  return `${addr === undefined ? '' : printExpression(addr)}${port === undefined ? '' : `:${printExpression(port)}`}`;
}

function flags(value: unknown): readonly string[] {
  return value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)];
}

function isBits(expression: unknown): boolean {
  return isRecord(expression) && ['&', '|', '^'].some((name) => name in expression);
}

function isMark(expression: unknown): boolean {
  if (isBits(expression)) return itemsOf(Object.values(fieldsOf(expression))[0]).some(isMark);
  const { meta, ct } = fieldsOf(expression);
  return fieldsOf(meta ?? ct)['key'] === 'mark';
}
