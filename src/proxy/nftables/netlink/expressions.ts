import type { MessageWriter } from './message-writer.js';

// The expressions of a rule, as the kernel knows them (linux/netfilter/nf_tables.h), in the order of their attributes that libnftnl writes.
const NFTA_LIST_ELEM = 1;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;
const NFT_JUMP = -3 >>> 0;
const NFT_GOTO = -4 >>> 0;
const NFT_META_L4PROTO = 16;
const NFT_NG_RANDOM = 1;
const NFT_NAT_DNAT = 1;
const NFPROTO_IPV4 = 2;
const NF_NAT_RANGE_PROTO_SPECIFIED = 2;
const verdictRegister = 0;
const register = 1;

/** `payload`'s bases. */
export const networkHeader = 1;
export const transportHeader = 2;

export function payload(to: MessageWriter, base: number, offset: number, bytes: number): void {
  expression(to, 'payload', () => {
    to.number(1, register);
    to.number(2, base);
    to.number(3, offset);
    to.number(4, bytes);
  });
}

export function l4proto(to: MessageWriter): void {
  expression(to, 'meta', () => {
    to.number(2, NFT_META_L4PROTO);
    to.number(1, register);
  });
}

/** Keeps the mask's bits of what was loaded. */
export function masked(to: MessageWriter, mask: Uint8Array): void {
  expression(to, 'bitwise', () => {
    to.number(1, register);
    to.number(2, register);
    to.number(3, mask.length);
    value(to, 4, mask);
    value(to, 5, new Uint8Array(mask.length));
  });
}

export function compare(to: MessageWriter, equal: boolean, other: Uint8Array): void {
  expression(to, 'cmp', () => {
    to.number(1, register);
    to.number(2, equal ? 0 : 1);
    value(to, 3, other);
  });
}

export function goTo(to: MessageWriter, kind: 'jump' | 'goto', chain: string): void {
  expression(to, 'immediate', () => {
    to.number(1, verdictRegister);
    verdict(to, 2, kind, chain);
  });
}

export function dnat(to: MessageWriter, address: Uint8Array, port: Uint8Array): void {
  immediate(to, register, address);
  immediate(to, register + 1, port);
  expression(to, 'nat', () => {
    to.number(1, NFT_NAT_DNAT);
    to.number(2, NFPROTO_IPV4);
    to.number(3, register);
    to.number(5, register + 1);
    to.number(7, NF_NAT_RANGE_PROTO_SPECIFIED);
  });
}

/** A number below `modulus` by chance, and where the map leads for it. */
export function draw(to: MessageWriter, modulus: number, map: string, id: number): void {
  expression(to, 'numgen', () => {
    to.number(1, register);
    to.number(2, modulus);
    to.number(3, NFT_NG_RANDOM);
    to.number(4, 0);
  });
  expression(to, 'lookup', () => {
    to.number(2, register);
    to.number(3, verdictRegister);
    to.text(1, map);
    to.number(4, id);
  });
}

/** An attribute that holds a value, as a key of a set has one. */
export function value(to: MessageWriter, type: number, bytes: Uint8Array): void {
  const at = to.open(type);
  to.bytes(NFTA_DATA_VALUE, bytes);
  to.close(at);
}

/** An attribute that holds where to go, as an element of a verdict map has one. */
export function verdict(to: MessageWriter, type: number, kind: 'jump' | 'goto', chain: string): void {
  const data = to.open(type);
  const inner = to.open(NFTA_DATA_VERDICT);
  to.number(NFTA_VERDICT_CODE, kind === 'jump' ? NFT_JUMP : NFT_GOTO);
  to.text(NFTA_VERDICT_CHAIN, chain);
  to.close(inner);
  to.close(data);
}

function immediate(to: MessageWriter, into: number, bytes: Uint8Array): void {
  expression(to, 'immediate', () => {
    to.number(1, into);
    value(to, 2, bytes);
  });
}

function expression(to: MessageWriter, name: string, attributes: () => void): void {
  const whole = to.open(NFTA_LIST_ELEM);
  to.text(NFTA_EXPR_NAME, name);
  const data = to.open(NFTA_EXPR_DATA);
  attributes();
  to.close(data);
  to.close(whole);
}
