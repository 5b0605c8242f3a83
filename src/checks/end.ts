/** An address, and a port where it must be a certain one. */
export interface End {
  readonly address: string;
  readonly port?: number;
}

/** `10.200.1.63:9000`; a star for any port. */
export function textOf(end: End | undefined): string {
  return end === undefined ? '?' : `${end.address}:${end.port ?? '*'}`;
}
