#!/usr/bin/env node
/** The composition root: arguments, signals and exit codes. Nothing else in src/ touches `process`. */
import { main } from './program.js';

process.exitCode = await main(process);
