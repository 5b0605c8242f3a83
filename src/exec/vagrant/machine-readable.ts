/** What Vagrant says of one machine. */
export interface MachineState {
  readonly provider: string;
  /** The provider's own word: `not_created`, `running`, `poweroff`, `saved`, `shutoff`, `paused` and others. */
  readonly state: string;
}

/**
 * Reads `vagrant status --machine-readable`: lines of `time,target,type,data...`, in which `%!(VAGRANT_COMMA)` stands for a comma
 * (https://developer.hashicorp.com/vagrant/docs/cli/machine-readable).
 * @returns undefined where it says nothing of that machine.
 */
export function parseStatus(text: string, machine: string): MachineState | undefined {
  const said = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, target, type, ...data] = line.trimEnd().split(',');
    if (target === machine && type !== undefined) said.set(type, data.join(',').replaceAll('%!(VAGRANT_COMMA)', ','));
  }
  const state = said.get('state');
  return state === undefined ? undefined : { provider: said.get('provider-name') ?? '', state };
}
