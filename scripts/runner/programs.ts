import { $ } from 'zx';

/** What a program said; `code` is null where it could not be started. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The programs that the runner's script starts; tests put others in their place. */
export interface Programs {
  svclab(...args: readonly string[]): Promise<Said>;
  docker(...args: readonly string[]): Promise<Said>;
}

/** @param cli the words before svclab's own arguments. */
export function programs(cli: readonly string[], env: NodeJS.ProcessEnv = process.env): Programs {
  const shell = $({ nothrow: true, quiet: true, env: { ...env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const run = async (words: readonly string[]): Promise<Said> => {
    const { exitCode, stdout, stderr } = await shell`${words}`;
    return { code: exitCode, stdout, stderr };
  };
  return {
    svclab: (...args) => run([...cli, ...args]),
    docker: (...args) => run(['docker', ...args]),
  };
}

/** Its last words, on one line. */
export function inWords({ code, stdout, stderr }: Said): string {
  const words = `${stderr}\n${stdout}`.trim().replace(/\s+/g, ' ');
  return words === '' ? `exit code ${code}` : words.slice(0, 400);
}
