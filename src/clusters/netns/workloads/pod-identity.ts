/** What a program inside a pod can learn of the pod: the rest it learns from each request. */
export interface PodIdentity {
  /** What `hostname` prints in the pod. */
  readonly name: string;
  /** Every address of every interface, lo first, without prefix lengths: `127.0.0.1`, `::1`, `10.10.1.2`. */
  readonly addresses: readonly string[];
  /** The environment, in the order in which `env` prints it. */
  readonly env: Readonly<Record<string, string>>;
}
