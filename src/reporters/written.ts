import { EnvironmentError } from '../core/errors.js';
import type { Output } from './options.js';

/**
 * Resolves when the text, and all that was written before it, has left the program.
 * A reader that went away (`| head`) is no fault: nobody is left to miss the rest.
 * @throws EnvironmentError when it could not be written.
 */
export function written(stream: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error?: Error | null) => {
      if (error === undefined || error === null || ('code' in error && error.code === 'EPIPE')) resolve();
      else reject(new EnvironmentError(`the report could not be written: ${error.message}`, { cause: error }));
    });
  });
}
