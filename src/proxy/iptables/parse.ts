import type { Chain, Counters, Rule, Ruleset, Table } from '../model.js';
import { splitWords } from './words.js';

/** A text that iptables-save does not write. Lines count from 1. */
export class SaveTextError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'SaveTextError';
    this.line = line;
  }
}

/**
 * Reads what `iptables-save`, with or without `-c`, prints.
 * @throws SaveTextError that names the line.
 */
export function parseIptablesSave(text: string): Ruleset {
  const tables: Table[] = [];
  let notes: string[] = [];
  let open: OpenTable | undefined;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else throw new SaveTextError(lines.length, 'the last line does not end: the text is cut off');

  for (const [index, line] of lines.entries()) {
    const fail = (message: string) => new SaveTextError(index + 1, message);
    if (open === undefined) {
      if (line === '' || line.startsWith('#')) notes.push(line);
      else if (line.startsWith('*')) {
        open = { name: line.slice(1), preamble: notes, chains: new Map() };
        if (!/^\w+$/.test(open.name)) throw fail(`'${open.name}' is not the name of a table`);
        if (tables.some((table) => table.name === open?.name)) throw fail(`table ${open.name} is there twice`);
        notes = [];
      } else throw fail(`expected a table ('*nat'), found '${line}'`);
    } else if (line === 'COMMIT') {
      tables.push({ name: open.name, preamble: open.preamble, chains: [...open.chains.values()] });
      open = undefined;
    } else if (line.startsWith(':')) readChain(line, open, fail);
    else readRule(line, open, fail);
  }
  if (open !== undefined) throw new SaveTextError(lines.length, `table ${open.name} has no COMMIT: the text is cut off`);
  return { tables, trailer: notes };
}

interface OpenTable {
  readonly name: string;
  readonly preamble: readonly string[];
  readonly chains: Map<string, Chain & { readonly rules: Rule[] }>;
}

type Fail = (message: string) => SaveTextError;

function readChain(line: string, table: OpenTable, fail: Fail): void {
  const [, name, policy, packets, bytes] = /^:(\S+) (\S+) \[(\d+):(\d+)\]$/.exec(line) ?? [];
  if (name === undefined || policy === undefined) throw fail(`expected a chain (':NAME POLICY [0:0]'), found '${line}'`);
  if (table.chains.has(name)) throw fail(`chain ${name} is declared twice`);
  table.chains.set(name, { name, policy, counters: readCounters(packets, bytes, fail), rules: [] });
}

function readRule(line: string, table: OpenTable, fail: Fail): void {
  const [, packets, bytes, name, spec = ''] = /^(?:\[(\d+):(\d+)\] )?-A (\S+)(?: (.*))?$/.exec(line) ?? [];
  if (name === undefined) throw fail(`expected a rule ('[0:0] -A CHAIN ...') or COMMIT, found '${line}'`);
  const chain = table.chains.get(name);
  if (chain === undefined) throw fail(`chain ${name} was not declared in table ${table.name}`);
  let tokens: string[];
  try {
    tokens = splitWords(spec);
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : String(cause));
  }
  chain.rules.push({ chain: name, spec, tokens, ...(packets === undefined ? {} : { counters: readCounters(packets, bytes, fail) }) });
}

/** Beyond 2^53 a difference would no longer be exact. */
function readCounters(packets: string | undefined, bytes: string | undefined, fail: Fail): Counters {
  const counters = { packets: Number(packets), bytes: Number(bytes) };
  if (!Number.isSafeInteger(counters.packets) || !Number.isSafeInteger(counters.bytes)) {
    throw fail(`the counter [${packets}:${bytes}] is too large to be exact`);
  }
  return counters;
}
