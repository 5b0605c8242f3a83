import { formatIpv4Range, parseIpv4Range } from '../ipv4.js';
import { parseMark, partsOf, type RuleMatch, type RuleOption, type RuleTarget } from '../rule-parts.js';
import { quoteWord, splitWords } from './words.js';

/**
 * A rule line (`-A CHAIN ...`, with or without counters) in the words of iptables-save 1.8.9, whether it was written for iptables-restore or saved
 * by iptables-save: two lines that make the same rule in the kernel become the same text. Covers what kube-proxy and the kubelet write.
 */
export function canonicalRule(line: string): string {
  const [command = '', chain = '', ...tokens] = splitWords(line.replace(/^\[\d+:\d+\] /, ''));
  const { base, matches, target } = partsOf(tokens);
  const words = [
    ...['-s', '-d', '-i', '-o', '-p', '-f'].flatMap((flag) => base.filter((option) => option.flag === flag).flatMap(baseWords)),
    ...matches.flatMap((match) => ['-m', match.name, ...matchOptions(match).flatMap(optionWords)]),
    ...(target === undefined ? [] : [target.goto ? '-g' : '-j', target.name, ...targetOptions(target).flatMap(optionWords)]),
  ];
  return [command, chain, ...words].join(' ');
}

/** The kernel keeps a probability as a whole number of 2^-31 (iptables 1.8.9, libxt_statistic.c). */
export function kernelProbability(probability: number): number {
  return Math.floor(probability * 2 ** 31 + 0.5) / 2 ** 31;
}

function baseWords({ flag, negated, values: [value = ''] }: RuleOption): readonly string[] {
  const range = flag === '-s' || flag === '-d' ? parseIpv4Range(value) : undefined;
  if (range?.bits === 0 && !negated) return [];
  const shown = range === undefined ? value : formatIpv4Range(range);
  return [...(negated ? ['!'] : []), flag, ...(shown === '' ? [] : [shown])];
}

function optionWords({ flag, negated, values }: RuleOption): readonly string[] {
  const quote = flag === '--comment' || flag === '--log-prefix' ? quoteWord : quoteBlank;
  return [...(negated ? ['!'] : []), flag, ...values.map(quote)];
}

function quoteBlank(word: string): string {
  return /^[^\s"'\\]+$/.test(word) ? word : quoteWord(word);
}

/** The order in which libxt_conntrack prints states. */
const states = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];

/** The order in which libxt_recent prints its options; the rest it adds by itself. */
const recentFlags = [
  '--set',
  '--rcheck',
  '--update',
  '--remove',
  '--seconds',
  '--reap',
  '--hitcount',
  '--rttl',
  '--name',
  '--mask',
  '--rsource',
  '--rdest',
];

function matchOptions({ name, options }: RuleMatch): readonly RuleOption[] {
  switch (name) {
    case 'conntrack':
      return options.map((option) => (option.flag === '--ctstate' ? withValue(option, sortStates) : option));
    case 'mark':
      return options.map((option) => withValue(option, shortMark));
    case 'statistic':
      return options.map((option) =>
        option.flag === '--probability' ? withValue(option, (value) => kernelProbability(Number(value)).toFixed(11)) : option,
      );
    case 'recent': {
      const given = new Set(options.map(({ flag }) => flag));
      const defaults = [plain('--mask', '255.255.255.255'), ...(given.has('--rdest') ? [] : [plain('--rsource')])].filter(
        ({ flag }) => !given.has(flag),
      );
      return sortFlags([...options, ...defaults], recentFlags);
    }
    case 'tcp':
    case 'udp':
    case 'sctp':
      return sortFlags(options, ['--sport', '--dport']);
    default:
      return options;
  }
}

function targetOptions({ name, options }: RuleTarget): readonly RuleOption[] {
  if (name === 'REJECT' && options.length === 0) return [plain('--reject-with', 'icmp-port-unreachable')];
  if (name === 'MARK') return options.map(markOption);
  return options;
}

/** All forms of MARK are one in the kernel: `mark = (mark & ~mask) ^ value` (iptables 1.8.9, libxt_MARK.c). */
function markOption(option: RuleOption): RuleOption {
  const { value, mask } = parseMark(option.values[0] ?? '');
  const xmark = (v: number, m: number) => plain('--set-xmark', `0x${(v >>> 0).toString(16)}/0x${(m >>> 0).toString(16)}`);
  if (option.flag === '--or-mark') return xmark(value, value);
  if (option.flag === '--xor-mark') return xmark(value, 0);
  if (option.flag === '--and-mark') return xmark(0, ~value);
  if (option.flag === '--set-mark') return xmark(value, value | mask);
  return option.flag === '--set-xmark' ? xmark(value, mask) : option;
}

function shortMark(text: string): string {
  const { value, mask } = parseMark(text);
  return mask === 0xffffffff ? `0x${value.toString(16)}` : `0x${value.toString(16)}/0x${mask.toString(16)}`;
}

function sortStates(value: string): string {
  return value
    .split(',')
    .toSorted((a, b) => states.indexOf(a) - states.indexOf(b))
    .join(',');
}

function sortFlags(options: readonly RuleOption[], order: readonly string[]): readonly RuleOption[] {
  const rank = ({ flag }: RuleOption) => (order.includes(flag) ? order.indexOf(flag) : order.length);
  return options.toSorted((a, b) => rank(a) - rank(b));
}

function withValue(option: RuleOption, change: (value: string) => string): RuleOption {
  return { ...option, values: option.values.map(change) };
}

function plain(flag: string, ...values: readonly string[]): RuleOption {
  return { flag, negated: false, values };
}
