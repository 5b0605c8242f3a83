import { Registry } from '../src/core/registry.js';
import type { Benchmark } from './benchmark.js';
import { bootstrap } from './benchmarks/bootstrap.js';
import { curl } from './benchmarks/curl.js';
import { growth } from './benchmarks/growth.js';
import { kindRun } from './benchmarks/kind-run.js';
import { memory } from './benchmarks/memory.js';
import { programming } from './benchmarks/programming.js';
import { rules } from './benchmarks/rules.js';
import { run } from './benchmarks/run.js';
import { up } from './benchmarks/up.js';

type Named = Benchmark & { readonly kind: string };

/** Every benchmark, in the order in which they run when none is named; those of a real cluster run only when that is asked for. */
export const benchmarks = new Registry<Named>(
  'benchmark',
  [up, run, curl, growth, memory, rules, programming, bootstrap, kindRun].map((benchmark) => ({ ...benchmark, kind: benchmark.name })),
);
