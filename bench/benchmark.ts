/** Figures by name, all in the benchmark's unit. */
export type Figures = Readonly<Record<string, number>>;

/** Something to measure: each sample takes it once and gives one or more figures. */
export interface Contestant {
  readonly name: string;
  sample(): Promise<Figures>;
}

/** What a benchmark is held against. Reported, never asserted: a machine that is busy or small is no fault of the program. */
export type Target =
  /** The figure's median, in the benchmark's unit. */
  | { readonly kind: 'median'; readonly of: string; readonly atMost: number }
  /** The median over the rounds of `of` divided by `to`. */
  | { readonly kind: 'ratio'; readonly of: string; readonly to: string; readonly atMost: number }
  /** The median over the rounds of `of` less `to`. */
  | { readonly kind: 'difference'; readonly of: string; readonly to: string; readonly atMost: number };

export interface Prepared extends AsyncDisposable {
  readonly contestants: readonly Contestant[];
  /** What this machine cannot take part in, and what to type so that it can. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

export interface Benchmark {
  readonly name: string;
  /** What is measured, in one line. */
  readonly what: string;
  readonly unit: 'ms' | 's' | 'MB';
  /** Rounds unless `--runs` says otherwise; every contestant is taken once a round. */
  readonly rounds: number;
  /** The figure that the others are shown as a multiple of. */
  readonly yardstick: string;
  readonly targets: readonly Target[];
  /** It needs a real cluster: taken with `--kind`, or when it is named. */
  readonly realCluster?: true;
  prepare(context: BenchContext): Promise<Prepared>;
}

export interface BenchContext {
  readonly root: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A preparation that leaves nothing to undo. */
export function nothingHeld(contestants: readonly Contestant[], skipped: Prepared['skipped'] = []): Prepared {
  return { contestants, skipped, [Symbol.asyncDispose]: async () => {} };
}
