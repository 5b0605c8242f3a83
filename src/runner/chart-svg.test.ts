import t from 'tap';
import { same } from '../core/text.js';
import { chartSvg } from './chart-svg.js';
import { writeCharts } from './charts.js';

const chart = {
  kind: 'chart',
  title: { en: 'Time & <rules>', ko: '시간' },
  across: same('Services'),
  measured: same('p50'),
  unit: 'µs',
  series: [
    {
      name: 'iptables',
      points: [
        { x: 10, y: 50, low: 45, high: 55 },
        { x: 10_000, y: 275, low: 270, high: 281 },
      ],
    },
    { name: 'nftables', points: [{ x: 10, y: 48, low: 47, high: 49 }] },
  ],
  note: same('n = 400'),
} as const;

t.test('a chart is one file that needs no other', async (t) => {
  const svg = chartSvg(chart);
  t.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
  t.notMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|<script|<image|href/);
  t.match(svg, /Time &amp; &lt;rules&gt;/);
  t.match(svg, /시간/);
  t.equal(svg.match(/<polyline/g)?.length, 2);
  t.equal(svg.match(/<circle/g)?.length, 3);
  t.notMatch(svg, /NaN|Infinity|undefined/);
  t.notMatch(chartSvg({ ...chart, series: [] }), /NaN|Infinity|undefined/);
});

t.test('each chart of a claim goes into the run folder', async (t) => {
  const written: string[] = [];
  const sink = { write: async (name: string) => void written.push(name), pathFor: async (name: string) => name };
  const source = { file: 'lab.yaml', line: 1, column: 1 };
  const claim = { id: 'walked', says: same('walked'), check: 'latency-slope', options: {}, breaks: [], clusters: undefined, source };
  const table = { kind: 'table', columns: [], rows: [] } as const;
  const verdict = { status: 'pass', expected: same(''), seen: same(''), evidence: [], details: [chart, table, chart] } as const;
  await writeCharts(sink, [{ claim, verdict, attempt: 1 }]);
  t.same(written, ['charts/walked.svg', 'charts/walked-2.svg']);
});
