import type { ServerResponse } from 'node:http';

const longestTimer = 2 ** 31 - 1;

/** Waits, or returns sooner when the client goes away. A time that is not above zero, or is no number, is over at once. */
export async function delay(res: ServerResponse, milliseconds: number): Promise<void> {
  if (!(milliseconds > 0)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      res.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(milliseconds, longestTimer));
    res.on('close', done);
  });
}

/** Waits until `res` takes more bytes, or is closed. */
export function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
    if (res.destroyed) done();
  });
}
