import type { Place } from './executor.js';
import type { Text } from './text.js';

/** One file of evidence, taken in one place. */
export interface ObservationPart {
  readonly place: Place;
  /** Which reading it is: `before`, `after`, `capture`, `answers`, `outputs`, `objects`. */
  readonly role: string;
  /** What the file holds: `iptables-save`, `nft-json`, `conntrack-xml`, `pcap`, `links-json`, `answers-json`, `outputs-json`, `objects-json`, `text`. */
  readonly format: string;
  /** Relative to the run's folder, `/` as the separator. */
  readonly file: string;
}

/** Whether evidence can carry a verdict; what is unsound makes its claims inconclusive. */
export type Soundness = { readonly sound: true } | { readonly sound: false; readonly why: Text };

/** What one probe saw in one step. */
export interface Observation {
  /** The name the lab gives it: `wire`, `table`, `answers`. */
  readonly name: string;
  readonly probe: string;
  readonly step: string;
  /** 1 for the first time the step was taken. */
  readonly attempt: number;
  readonly parts: readonly ObservationPart[];
  readonly soundness: Soundness;
}

/** Where probes put what they take. Names are relative, `/`-separated; parents are made as needed. */
export interface EvidenceSink {
  /** @throws EnvironmentError when the disk is full or the folder is gone. */
  write(name: string, data: string | Uint8Array): Promise<void>;
  /** The absolute path for a file that another process writes. */
  pathFor(name: string): Promise<string>;
}
