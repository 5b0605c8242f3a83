import { Registry } from '../src/core/registry.js';
import type { Benchmark } from './benchmark.js';
import { bootstrap } from './benchmarks/bootstrap.js';
import { curl } from './benchmarks/curl.js';
import { growth } from './benchmarks/growth.js';
import { memory } from './benchmarks/memory.js';
import { rules } from './benchmarks/rules.js';
import { run } from './benchmarks/run.js';
import { up } from './benchmarks/up.js';

type Named = Benchmark & { readonly kind: string };

/** Every benchmark, in the order in which they run when none is named. */
export const benchmarks = new Registry<Named>(
  'benchmark',
  [up, run, curl, growth, memory, rules, bootstrap].map((benchmark) => ({ ...benchmark, kind: benchmark.name })),
);
