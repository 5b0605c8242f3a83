import type { z } from 'zod';
import type { EvidenceSink, ObservationPart, Soundness } from './evidence.js';
import type { Executor, Place } from './executor.js';

export interface ProbeContext<Options> {
  readonly options: Options;
  /** The places that the lab's `on` names, resolved; never empty. */
  readonly places: readonly Place[];
  readonly executor: (place: Place) => Executor;
  readonly sink: EvidenceSink;
  /** A file name of this observation's own: `captures/wire-myk8s-worker.pcap`. */
  readonly fileFor: (place: Place, role: string, extension: string) => string;
  readonly signal: AbortSignal;
}

/** A probe at work. `end` gives what it saw; disposing of it without `end` leaves nothing running. */
export interface ActiveProbe extends AsyncDisposable {
  /** Takes one more reading, in between, under a name of its own: a part's role. Probes that follow what happens all the time have none. */
  read?(role: string): Promise<readonly ObservationPart[]>;
  end(): Promise<{ readonly parts: readonly ObservationPart[]; readonly soundness: Soundness }>;
}

/** Observes, and never judges. `begin` resolves when the probe is proven to be listening, or its first reading is taken. */
export interface Probe<Options = unknown> {
  readonly kind: string;
  readonly optionsSchema: z.ZodType<Options>;
  /** It takes readings, and one more can be taken in between. */
  readonly readings?: boolean;
  begin(context: ProbeContext<Options>): Promise<ActiveProbe>;
}

/** A student's curl command, done one or more times, with every answer recorded. */
export interface RequestSpec {
  readonly executor: Executor;
  /** One turn for each target; `times` new connections in each. */
  readonly turns: readonly { readonly argv: readonly string[]; readonly times: number }[];
  /** Called when the first requests have been answered; requests go on until it resolves, and some more are sent then. */
  readonly meanwhile?: () => Promise<void>;
  readonly sink: EvidenceSink;
  readonly file: string;
  readonly signal: AbortSignal;
}

/** Sends requests and records the answers. @throws EnvironmentError when the command could not be run at all. */
export type RequestTaker = (spec: RequestSpec) => Promise<{ readonly part: ObservationPart; readonly soundness: Soundness }>;
