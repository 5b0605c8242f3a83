import t from 'tap';
import { goJson, isTrue, parseDuration, utf8Bytes } from './go-values.js';

t.test('durations as time.ParseDuration reads them', async (t) => {
  for (const [text, expected] of [
    ['300ms', 300],
    ['1.5s', 1500],
    ['.5s', 500],
    ['2m3s', 123_000],
    ['1h', 3_600_000],
    ['-1s', -1000],
    ['+1s', 1000],
    ['0', 0],
    ['1µs', 0.001],
    ['5', undefined],
    ['', undefined],
    ['s', undefined],
    ['1 s', undefined],
    ['1d', undefined],
    ['.s', undefined],
  ] as const) {
    t.equal(parseDuration(text), expected, `'${text}'`);
  }
});

t.test('booleans, JSON and bytes', async (t) => {
  t.same(['1', 't', 'TRUE', 'true', 'True', 'T'].map(isTrue), Array(6).fill(true));
  t.same(['', '0', 'yes', 'tRUE', null].map(isTrue), Array(5).fill(false));
  t.equal(goJson({ a: '<&>"\u2028' }), '{"a":"\\u003c\\u0026\\u003e\\"\\u2028"}');
  t.equal(utf8Bytes('한'), '\xed\x95\x9c');
});
