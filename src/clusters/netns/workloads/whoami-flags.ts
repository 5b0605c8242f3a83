export interface WhoamiFlags {
  readonly port?: string;
  readonly name?: string;
  readonly allowedOrigins?: string;
}

/**
 * Reads whoami's arguments as Go's `flag` package does: `-port 80`, `--port=80`; the first that is no flag, or `--`, ends
 * them, and a later one overrides an earlier one. `-verbose` has no effect on the answers. TLS flags cannot be honoured.
 */
export function readWhoamiFlags(args: readonly string[]): WhoamiFlags | { readonly fault: string; readonly hint: string } {
  const read: { port?: string; name?: string; allowedOrigins?: string } = {};
  for (let i = 0; i < args.length; i++) {
    const flag = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(args[i] ?? '');
    if (flag === null) {
      if (/^-./.test(args[i] ?? '') && args[i] !== '--') return { fault: `bad flag syntax: ${args[i]}`, hint };
      break;
    }
    const [, name, inline] = flag;
    if (name === 'verbose') continue;
    if (name === 'cert' || name === 'key' || name === 'cacert') {
      return {
        fault: `whoami on the embedded cluster serves plain HTTP: -${name} cannot be honoured`,
        hint: 'leave it out, or use --cluster kind',
      };
    }
    if (name !== 'port' && name !== 'name' && name !== 'allowed-origins') {
      return { fault: `flag provided but not defined: -${name}`, hint };
    }
    const value = inline ?? args[++i];
    if (value === undefined) return { fault: `flag needs an argument: -${name}`, hint };
    read[name === 'allowed-origins' ? 'allowedOrigins' : name] = value;
  }
  return read;
}

const hint = 'whoami knows -port, -name, -allowed-origins and -verbose here';
