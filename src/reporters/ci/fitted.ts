/**
 * The parts one after the other, as many as fit in so many bytes of UTF-8, with a note behind them that says how many do not; nothing where not even
 * the note fits.
 */
export function fitted(parts: readonly string[], maxBytes: number, note: (left: number) => string): string {
  const sizes = parts.map((part) => Buffer.byteLength(part));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  if (whole <= maxBytes) return parts.join('');
  const room = maxBytes - Buffer.byteLength(note(parts.length));
  if (room < 0) return '';
  let [count, used] = [0, 0];
  while (used + (sizes[count] ?? 0) <= room) used += sizes[count++] ?? 0;
  return `${parts.slice(0, count).join('')}${note(parts.length - count)}`;
}
