import { isIPv4 } from 'node:net';
import type { Path } from '../objects/source/locate.js';
import { isRecord } from '../objects/source/pick.js';

export interface Literal {
  readonly path: Path;
  /** Whether it stands in a key rather than in a value. */
  readonly at: 'key' | 'value';
  readonly offset: number;
  readonly text: string;
  readonly kind: 'address' | 'chain';
}

/**
 * Addresses and the hashes of chains are not the same in every cluster, so a lab names roles instead. Two exceptions: this machine's own
 * 127.0.0.1, and an expectation may state a chain's name as its claim, in an option named `chain`.
 */
export function literalsIn(value: unknown, path: Path, options: { readonly chainAllowed: boolean }): Literal[] {
  if (typeof value === 'string') return inText(value, path, 'value', options.chainAllowed && path.at(-1) === 'chain');
  if (Array.isArray(value)) return value.flatMap((item: unknown, i) => literalsIn(item, [...path, i], options));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...inText(key, [...path, key], 'key', false),
    ...literalsIn(item, [...path, key], options),
  ]);
}

function inText(text: string, path: Path, at: 'key' | 'value', chainAllowed: boolean): Literal[] {
  const addresses = [...text.matchAll(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g)].filter(
    (match) => isIPv4(match[0]) && match[0] !== '127.0.0.1',
  );
  const chains = chainAllowed ? [] : [...text.matchAll(/KUBE-(?:SVC|SEP|SVL|EXT|FW|XLB)-[A-Z2-7]{16}/g)];
  return [
    ...addresses.map((match) => ({ path, at, offset: match.index, text: match[0], kind: 'address' as const })),
    ...chains.map((match) => ({ path, at, offset: match.index, text: match[0], kind: 'chain' as const })),
  ];
}
