import { shortened } from '../../exec/vagrant/shortened.js';

/**
 * What vagrant says, line by line, without its progress bars: without a terminal it writes each percent anew, thousands of times in one line.
 * @param write is given whole lines.
 */
export function withoutProgress(write: (text: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const parts = (rest + text).split('\n');
    rest = (parts.pop() ?? '').slice(-10_000);
    for (const line of parts) {
      const shown = line.split(/[\r\b]|\x1b\[K/).filter((piece) => piece.trim() !== '' && !/^\s*(\S+: )?Progress: \d+%/.test(piece));
      if (shown.length > 0) write(`  ${shortened(shown.at(-1)?.trimEnd() ?? '')}\n`);
    }
  };
}
