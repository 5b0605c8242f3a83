import koffi from 'koffi';

/** `ENOENT`, for the number that a system call has left (errno(3)). */
export function errnoName(code = koffi.errno()): string {
  return Object.entries(koffi.os.errno).find(([, value]) => value === code)?.[0] ?? String(code);
}
