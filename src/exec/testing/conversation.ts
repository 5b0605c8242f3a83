import type { Test } from 'tap';
import type { Executor } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';

/** For tests alone: what every executor has in common where a command that goes on is asked something, and answers. */
export async function conversation(t: Test, executor: Executor): Promise<void> {
  let heard = '';
  const hear = (text: string): void => {
    heard += text;
  };
  const argv = ['sh', '-c', 'while read -r line; do [ "$line" != end ] || exit 3; echo "heard: $line"; done'];
  await using command = await executor.start(argv, { asked: true, onStdout: hear });
  for (const word of ['one', '둘', 'three words here']) {
    heard = '';
    command.write(`${word}\n`);
    const answered = async (): Promise<true | undefined> => (heard === `heard: ${word}\n` ? true : undefined);
    await waitFor(`an answer to ${word}`, answered, { intervalMs: 2, timeoutMs: 20_000 });
  }
  command.write('end\n');
  t.match(await command.ended, { ended: 'exit', exitCode: 3 });
  command.write('nobody hears this\n');

  heard = '';
  await using silent = await executor.start(['sh', '-c', 'exec sleep 100'], { asked: true, onStdout: hear });
  silent.write('x\n'.repeat(100_000));
  t.not((await silent.stop('SIGKILL')).ended, 'exit', 'a command that reads nothing can be ended');
  t.equal(heard, '');
}
