import type Docker from 'dockerode';
import { EnvironmentError } from '../../core/errors.js';

/** The engine did not do what it was asked. */
class EngineError extends EnvironmentError {
  /** Of the answer; undefined when there was none. */
  readonly statusCode: number | undefined;
  /** The engine's own words. */
  readonly said: string;

  constructor(cause: Error) {
    const statusCode: unknown = Reflect.get(cause, 'statusCode');
    const answered = typeof statusCode === 'number';
    const words = answered ? wordsOf(cause) : cause.message;
    super(
      answered ? `the Docker engine says: ${words}` : `the Docker engine does not answer: ${words}`,
      answered ? { cause } : { hint: "'docker version' tells whether it runs, and svclab doctor what it lacks", cause },
    );
    this.statusCode = answered ? statusCode : undefined;
    this.said = words;
  }
}

/** What the engine said, without any words around it. */
export function said(error: unknown): string {
  if (error instanceof EngineError) return error.said;
  return error instanceof Error ? error.message : String(error);
}

/** Has every call of this client fail with an EngineError, unless it was called off. */
export function withEngineErrors(docker: Docker): Docker {
  const { modem } = docker;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    dial(options, (error, result) => {
      const failed = error !== null && error !== undefined && error.name !== 'AbortError';
      callback?.(failed ? new EngineError(error) : error, result);
    });
  };
  return docker;
}

/** docker-modem puts the answer's body, parsed, beside its own message; where that was to be a stream, behind it (`(HTTP code 500) server error - ...`). */
function wordsOf(error: Error): string {
  const body: unknown = Reflect.get(error, 'json');
  const message: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'message') : undefined;
  return typeof message === 'string' ? message : error.message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}
