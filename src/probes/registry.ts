import type { Probe } from '../core/probe.js';
import { Registry } from '../core/registry.js';
import { capture } from './capture.js';
import { conntrack } from './conntrack.js';
import { counters } from './counters.js';
import { recent } from './recent.js';

/** Every probe that a lab can name. A new one is a file, its test, and a line here. */
export const probes: Registry<Probe> = new Registry<Probe>('probe', [capture, conntrack, counters, recent]);
