import type Docker from 'dockerode';
import type { Executor } from '../../core/executor.js';
import type { Programs } from './preflight/tools.js';

/** What this machine gives to a kind cluster: its programs, and its Docker engine. */
export interface Machine {
  readonly local: Executor;
  readonly docker: Docker;
  /** Where kind and kubectl are. */
  readonly programs: Programs;
  /** This svclab process, as it is known again (`thisProcess`); what `local` starts has it in its environment. */
  readonly maker: string;
}
