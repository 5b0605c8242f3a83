/** Evidence that a reader cannot make sense of. `where` says at which byte, line or field, for a person who opens the file. */
export class UnreadableError extends Error {
  readonly where: string;

  constructor(where: string, message: string) {
    super(`${where}: ${message}`);
    this.name = 'UnreadableError';
    this.where = where;
  }
}
