/** Messages go to stderr: stdout belongs to the program that follows. */
export function say(text) {
  process.stderr.write(`svclab: ${text}\n`);
}

/** Ends the bootstrap with a message and an exit code, and no stack trace. */
export class Stop extends Error {
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What the system said, in words: `ENOSPC` is the one a student meets, `EACCES` the one a second user of a checkout meets. */
export function inWords(error, doing) {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return `${doing}: the disk is full. Free some space, then type the same command again.`;
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS')
    return `${doing}: not allowed to write ${error.path ?? 'there'}. Run this as the owner of the checkout, or in a clone of your own.`;
  return `${doing}: ${error.message}`;
}
