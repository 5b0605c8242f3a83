/** The signs of the report, each with one for terminals that know ASCII alone. Every sign is one column wide. */
const unicodeSigns = {
  pass: '✔',
  fail: '✖',
  inconclusive: '?',
  skip: '–',
  arrow: '→',
  times: '×',
  dot: '·',
  line: '─',
  hop: '●',
  rail: '│',
  change: '▼',
  full: '█',
  other: '▒',
  range: '–',
  barMark: '│',
  micro: 'µs',
  again: '↻',
  ellipsis: '…',
};

export type Signs = Readonly<Record<keyof typeof unicodeSigns, string>>;

const asciiSigns: Signs = {
  pass: '+',
  fail: 'x',
  inconclusive: '?',
  skip: '-',
  arrow: '->',
  times: 'x',
  dot: '-',
  line: '-',
  hop: '*',
  rail: '|',
  change: 'v',
  full: '#',
  other: '=',
  range: '-',
  barMark: '|',
  micro: 'us',
  again: '~',
  ellipsis: '...',
};

export function signsFor(unicode: boolean): Signs {
  return unicode ? unicodeSigns : asciiSigns;
}
