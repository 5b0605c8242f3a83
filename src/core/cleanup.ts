/** What was acquired, undone in the reverse order. Register at acquisition; cancellation does not stop it. */
export class CleanupStack implements AsyncDisposable {
  readonly #actions: { readonly what: string; readonly undo: () => PromiseLike<void> | void }[] = [];

  add(what: string, undo: () => PromiseLike<void> | void): void {
    this.#actions.push({ what, undo });
  }

  /** Takes a disposable in and hands it back. */
  use<T extends AsyncDisposable>(what: string, resource: T): T {
    this.add(what, () => resource[Symbol.asyncDispose]());
    return resource;
  }

  /**
   * Runs every action, last in first out, also when one of them fails.
   * @throws AggregateError of all that failed, each naming what it was undoing.
   */
  async run(): Promise<void> {
    const failures: Error[] = [];
    for (let action = this.#actions.pop(); action !== undefined; action = this.#actions.pop()) {
      try {
        await action.undo();
      } catch (cause) {
        failures.push(new Error(`could not undo ${action.what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map((f) => f.message).join('; '));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run();
  }
}
