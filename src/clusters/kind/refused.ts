import { EnvironmentError, UsageError } from '../../core/errors.js';

/** How kubectl says that the API server understood the request and refuses what it asks for (apimachinery v0.31.0, pkg/api/errors: NewInvalid, NewNotFound, NewBadRequest; kubectl prints the first without its reason). */
const refusal = /(?:^|failed: )(The \S+ ".*" is invalid: .*|Error from server \((?:NotFound|BadRequest|Invalid|Forbidden)\): .*)/m;

/**
 * What is asked of the cluster cannot be: that is a mistake in the lab, and the cluster is well.
 * @throws UsageError with the API server's words for a request that it refuses; anything else as it came.
 */
export async function tellingRefusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const said = cause instanceof EnvironmentError ? refusal.exec(cause.message)?.[1] : undefined;
    throw said === undefined ? cause : new UsageError(`the API server refuses it: ${said}`, { cause });
  }
}
