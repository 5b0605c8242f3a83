import fc from 'fast-check';
import t from 'tap';
import { type FourColumns, oddColumn } from './four-columns.js';

const columns = (
  answers: readonly number[],
  dnat: readonly number[],
  conntrack: readonly number[],
  syn: readonly number[],
): FourColumns => ({
  answers,
  dnat,
  conntrack,
  syn,
});

t.test('columns that agree', async (t) => {
  t.equal(oddColumn(columns([1, 2], [1, 2], [1, 2], [1, 2])), undefined);
});

t.test('the one that is alone', async (t) => {
  const right = [100, 100, 100];
  t.equal(oddColumn(columns([99, 100, 100], right, right, right)), 'answers');
  t.equal(oddColumn(columns(right, [50, 50, 50], right, right)), 'dnat');
  t.equal(oddColumn(columns(right, right, [100, 99, 101], right)), 'conntrack');
  t.equal(oddColumn(columns(right, right, right, [0, 200, 100])), 'syn');
});

t.test("chosen by the client's node, answered by another", async (t) => {
  const chosen = [100, 100, 100];
  t.equal(oddColumn(columns([0, 200, 100], chosen, chosen, [0, 200, 100])), 'answers');
  t.equal(oddColumn(columns([0, 100, 100], chosen, chosen, [0, 200, 100])), 'answers', 'also where part of it was never answered');
});

t.test('any other mixture', async (t) => {
  t.equal(oddColumn(columns([1], [2], [1], [2])), 'disagree');
  t.equal(oddColumn(columns([1], [2], [3], [4])), 'disagree');
  t.equal(oddColumn(columns([1, 1], [1, 2], [2, 1], [1, 1])), 'disagree', 'one is alone for one pod, another for the next');
});

t.test('the order of the pods does not matter', async (t) => {
  const row = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2));
  const rows = fc.array(row, { minLength: 1, maxLength: 4 });
  const of = (table: readonly (readonly [number, number, number, number])[]) =>
    oddColumn(
      columns(
        table.map(([a]) => a),
        table.map(([, b]) => b),
        table.map(([, , c]) => c),
        table.map(([, , , d]) => d),
      ),
    );
  fc.assert(fc.property(rows, (table) => of(table) === of(table.toReversed())));
  t.pass('for a hundred tables');
});
