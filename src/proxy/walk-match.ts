import { parseIpv4, parseIpv4Range, rangeHolds } from './ipv4.js';
import type { Rule } from './model.js';
import { parseMark, partsOf, type RuleMatch, type RuleOption } from './rule-parts.js';

/** A packet as it stands where the walk begins. */
export interface Packet {
  readonly src: string;
  readonly dst: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly sport?: number;
  readonly dport?: number;
  readonly inInterface?: string;
  readonly outInterface?: string;
  readonly mark: number;
  /** What conntrack says: one of NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED, and DNAT or SNAT where it was translated. */
  readonly ctstate: readonly string[];
  /** Whether the node takes an address for its own (addrtype LOCAL): also 127.0.0.0/8. */
  readonly isLocal: (address: string) => boolean;
  /** Whether a list of the `recent` match holds the source, young enough; unknown when left out. */
  readonly inRecentList?: (list: string) => boolean;
}

export type MatchResult =
  | { readonly kind: 'no' }
  /** With probability 1 unless the rule has a `statistic` match. */
  | { readonly kind: 'yes'; readonly probability: number }
  | { readonly kind: 'unknown'; readonly what: string };

/** Whether a rule matches a packet. One match that surely fails settles it, whatever the others are. */
export function matchRule(rule: Rule, packet: Packet): MatchResult {
  const { base, matches } = partsOf(rule.tokens);
  const results = [
    ...base.map((option) => negate(option, baseMatch(option, packet))),
    ...matches.flatMap((match) => moduleMatch(match, packet)),
  ];
  if (results.some(({ kind }) => kind === 'no')) return { kind: 'no' };
  const unknown = results.find(({ kind }) => kind === 'unknown');
  if (unknown !== undefined) return unknown;
  return yes(results.reduce((product, result) => (result.kind === 'yes' ? product * result.probability : product), 1));
}

type Answer = boolean | undefined;

function negate(option: RuleOption, answer: Answer): MatchResult {
  if (answer === undefined) return { kind: 'unknown', what: [option.flag, ...option.values].join(' ') };
  return answer === option.negated ? { kind: 'no' } : yes(1);
}

function yes(probability: number): MatchResult {
  return { kind: 'yes', probability };
}

function baseMatch({ flag, values: [value = ''] }: RuleOption, packet: Packet): Answer {
  switch (flag) {
    case '-s':
      return holds(value, packet.src);
    case '-d':
      return holds(value, packet.dst);
    case '-p':
      return value === 'all' || value === '0' || value === packet.protocol || value === protocolNumbers[packet.protocol];
    case '-i':
      return interfaceMatch(value, packet.inInterface);
    case '-o':
      return interfaceMatch(value, packet.outInterface);
    case '-f':
      return false;
    default:
      return undefined;
  }
}

const protocolNumbers: Readonly<Record<Packet['protocol'], string>> = { icmp: '1', tcp: '6', udp: '17', sctp: '132' };

function moduleMatch({ name, options }: RuleMatch, packet: Packet): readonly MatchResult[] {
  switch (name) {
    case 'comment':
    // Counts, and always matches.
    case 'nfacct':
      return [];
    case 'statistic':
      return [statisticMatch(options)];
    case 'recent':
      return [recentMatch(options, packet)];
    default: {
      const match = modules.get(name);
      if (match === undefined) return [{ kind: 'unknown', what: `-m ${name}` }];
      // `-m tcp` by itself asks for nothing; the protocol is asked for by `-p`.
      return options.map((option) => negate(option, match(option, packet)));
    }
  }
}

type ModuleMatch = (option: RuleOption, packet: Packet) => Answer;

const modules: ReadonlyMap<string, ModuleMatch> = new Map<string, ModuleMatch>([
  ['tcp', portMatch],
  ['udp', portMatch],
  ['sctp', portMatch],
  ['multiport', portMatch],
  ['conntrack', stateMatch],
  ['state', stateMatch],
  ['mark', markMatch],
  ['addrtype', addressTypeMatch],
]);

function portMatch({ flag, values: [value = ''] }: RuleOption, packet: Packet): Answer {
  const within = (port: number | undefined) =>
    port === undefined ? undefined : value.split(',').some((range) => inPortRange(range, port));
  if (flag === '--dport' || flag === '--dports' || flag === '--destination-port') return within(packet.dport);
  if (flag === '--sport' || flag === '--sports' || flag === '--source-port') return within(packet.sport);
  return undefined;
}

function inPortRange(range: string, port: number): boolean {
  const [from = '', to = from] = range.split(':');
  return port >= Number(from || 0) && port <= Number(to || 65_535);
}

function stateMatch({ flag, values: [value = ''] }: RuleOption, packet: Packet): Answer {
  return flag === '--ctstate' || flag === '--state' ? value.split(',').some((state) => packet.ctstate.includes(state)) : undefined;
}

function markMatch({ flag, values: [text = ''] }: RuleOption, packet: Packet): Answer {
  const { value, mask } = parseMark(text);
  return flag === '--mark' && !Number.isNaN(value + mask) ? (packet.mark & mask) >>> 0 === value : undefined;
}

function addressTypeMatch({ flag, values: [type] }: RuleOption, packet: Packet): Answer {
  if (type !== 'LOCAL') return undefined;
  if (flag === '--dst-type') return packet.isLocal(packet.dst);
  return flag === '--src-type' ? packet.isLocal(packet.src) : undefined;
}

function statisticMatch(options: readonly RuleOption[]): MatchResult {
  const chance = options.find(({ flag }) => flag === '--probability');
  if (chance === undefined) return { kind: 'unknown', what: '-m statistic' };
  const probability = Number(chance.values[0]);
  if (!(probability >= 0 && probability <= 1)) return { kind: 'unknown', what: `-m statistic --probability ${chance.values[0]}` };
  return yes(chance.negated ? 1 - probability : probability);
}

function recentMatch(options: readonly RuleOption[], packet: Packet): MatchResult {
  if (options.some(({ flag, negated }) => flag === '--set' && !negated)) return yes(1);
  const list = options.find(({ flag }) => flag === '--name')?.values[0] ?? 'DEFAULT';
  const asks = options.find(({ flag }) => flag === '--rcheck' || flag === '--update');
  if (asks === undefined || packet.inRecentList === undefined) return { kind: 'unknown', what: `-m recent --name ${list}` };
  return negate(asks, packet.inRecentList(list));
}

function interfaceMatch(wanted: string, name: string | undefined): Answer {
  if (name === undefined) return undefined;
  return wanted.endsWith('+') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}

function holds(rangeText: string, addressText: string): Answer {
  const range = parseIpv4Range(rangeText);
  const address = parseIpv4(addressText);
  return range === undefined || address === undefined ? undefined : rangeHolds(range, address);
}
