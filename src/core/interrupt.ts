/** What the signal of a run hears when the user asks for the end a second time; who prevents it asks for patience. */
const again = 'svclab:again';

/** Tells those who clean up that the user asks once more. @returns whether one of them asks for patience. */
export function askAgain(signal: AbortSignal): boolean {
  return !signal.dispatchEvent(new Event(again, { cancelable: true }));
}

/**
 * Has the second interrupt wait, and only that, for something that would outlive this process: a third one ends it at once.
 * @param tell says so to the user.
 * @returns what to call when it is done.
 */
export function untilDone(signal: AbortSignal, tell: () => void): () => void {
  const listener = (event: Event): void => {
    event.preventDefault();
    tell();
  };
  signal.addEventListener(again, listener, { once: true });
  return () => signal.removeEventListener(again, listener);
}
