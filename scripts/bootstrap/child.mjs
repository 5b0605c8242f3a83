import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Stop, say } from './say.mjs';

const halfExcerpt = 20;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command without stdin and keeps what it printed: `{ code, output }`, the middle of a long text left out; code 127 when there is no such program.
 * A signal that reaches this process is passed on, and only when the child has ended does this process end too: an npm
 * that lives on would write into a checkout that the next command believes to be free.
 */
export async function runChild(argv, { cwd, env = process.env, started = () => {} }) {
  const child = spawn(argv[0], argv.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let caught;
  let killer;
  const pass = (signal) => {
    caught = signal;
    child.kill(signal);
    killer ??= setTimeout(() => child.kill('SIGKILL'), 5000);
  };
  for (const signal of signals) process.on(signal, pass);
  try {
    if (child.pid !== undefined) started(child.pid);
    const output = collect(child);
    const code = await ended(child);
    if (caught !== undefined) {
      say(`stopped by ${caught}; the next command takes it up again`);
      throw new Stop(128 + constants.signals[caught], '');
    }
    return { code, output: excerpt(output()) };
  } finally {
    clearTimeout(killer);
    for (const signal of signals) process.off(signal, pass);
  }
}

function collect(child) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(-1_000_000);
    });
  }
  return () => text.trimEnd();
}

/** A compiler says first what matters, npm often last. */
function excerpt(text) {
  const lines = text.split('\n');
  const left = lines.length - 2 * halfExcerpt;
  if (left <= 0) return text;
  return [...lines.slice(0, halfExcerpt), `[${left} lines left out]`, ...lines.slice(-halfExcerpt)].join('\n');
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => (error.code === 'ENOENT' ? resolve(127) : reject(error)));
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
