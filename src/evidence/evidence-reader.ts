import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnreadableError } from './unreadable.js';

/** Gives a file of evidence by its name in the manifest. Synchronous, because a judge is a plain function. */
export interface EvidenceReader {
  /** @throws UnreadableError when the file cannot be read. */
  read(name: string): Uint8Array;
}

export function folderReader(folder: string): EvidenceReader {
  return {
    read: (name) => {
      try {
        return readFileSync(join(folder, name));
      } catch (error) {
        throw new UnreadableError(name, error instanceof Error ? error.message : String(error));
      }
    },
  };
}
