import stringWidth from 'string-width';
import t from 'tap';
import type { Detail } from '../../core/check.js';
import { same } from '../../core/text.js';
import { words } from '../words.js';
import { chart } from './chart.js';
import type { Look } from './look.js';
import { painter } from './paint.js';
import { signsFor } from './signs.js';

const detail: Extract<Detail, { kind: 'chart' }> = {
  kind: 'chart',
  title: { en: 'The time of connect()', ko: 'connect()에 걸린 시간' },
  across: { en: 'Services', ko: '서비스 수' },
  measured: same('p50'),
  unit: 'µs',
  series: [
    {
      name: 'iptables',
      points: [
        { x: 10, y: 55, low: 54, high: 56.5 },
        { x: 10_000, y: 275, low: 270, high: 281 },
      ],
    },
    {
      name: 'nftables',
      points: [
        { x: 10, y: 48.2, low: 47, high: 49 },
        { x: 10_000, y: 57, low: 55, high: 58 },
      ],
    },
  ],
  note: { en: 'n = 400.', ko: 'n = 400.' },
};

function look(columns: number, { unicode = true, color = false, language = 'en' as 'en' | 'ko' } = {}): Look {
  return { paint: painter(color), signs: signsFor(unicode), words: words[language], language, columns, say: (text) => text[language] };
}

t.test('a bar for each point, those of one x below each other', async (t) => {
  t.same(chart(look(72), detail, 2), [
    '  The time of connect()',
    '  Services → p50',
    `      10  iptables  ${'█'.repeat(7)}${' '.repeat(27)}  55 µs (54–56.5)`,
    `      10  nftables  ${'▒'.repeat(6)}${' '.repeat(28)}  48.2 µs (47–49)`,
    `  10,000  iptables  ${'█'.repeat(34)}  275 µs (270–281)`,
    `  10,000  nftables  ${'▒'.repeat(7)}${' '.repeat(27)}  57 µs (55–58)`,
    '  n = 400.',
  ]);
});

t.test('ASCII, colours, a narrow terminal, Korean, and nothing to draw', async (t) => {
  const ascii = chart(look(72, { unicode: false }), detail, 2).join('\n');
  t.match(ascii, /iptables {2}######/);
  t.match(ascii, /nftables {2}=====/);
  t.match(ascii, /270-281/);
  t.notMatch(chart(look(72), detail, 2).join(''), /\u001b/);
  t.match(chart(look(72, { color: true }), detail, 2).join(''), /\u001b\[36m█+\u001b\[0m/);
  const narrow = chart(look(60), detail, 2);
  t.ok(
    narrow.every((line) => stringWidth(line) <= 60),
    narrow.join('\n'),
  );
  t.match(chart(look(72, { language: 'ko' }), detail, 2)[0], /걸린 시간/);
  t.equal(chart(look(72), { ...detail, series: [] }, 0).length, 3);
});
