/** What a lab's role stands for, taken apart: `pod/net-pod`, `svc/other/web`, `node/myk8s-worker`, `client/mypc`. */
export interface Reference {
  /** `pod`, `svc`, `endpoints`, `node` or `client`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function readReference(text: string): Reference {
  const [kind = '', ...rest] = text.split('/');
  return { kind, namespace: rest.length > 1 ? (rest[0] ?? 'default') : 'default', name: rest.at(-1) ?? '' };
}
