import { fileURLToPath } from 'node:url';

/** The program, compiled beside the bench. */
export const cliPath = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
