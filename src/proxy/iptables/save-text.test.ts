import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Ruleset } from '../model.js';
import { fixtureText, realNodes } from '../testing/fixtures.js';
import { parseIptablesSave, SaveTextError } from './parse.js';
import { printIptablesSave } from './print.js';
import { quoteWord, splitWords } from './words.js';

t.test('what a real node shows is printed as it was read', async (t) => {
  for (const node of realNodes) {
    const text = fixtureText(`${node}.iptables-save`);
    t.equal(printIptablesSave(parseIptablesSave(text)), text);
  }
});

t.test('a rule with its counters', async (t) => {
  const { tables } = parseIptablesSave(fixtureText('myk8s-control-plane.iptables-save'));
  const services = tables.find(({ name }) => name === 'nat')?.chains.find(({ name }) => name === 'KUBE-SERVICES');
  const rule = services?.rules.find(({ tokens }) => tokens.at(-1) === 'KUBE-SVC-KBDEBIL6IU6WL7RF');
  t.same(rule?.counters, { packets: 88, bytes: 5280 });
  t.equal(rule?.tokens[7], 'default/svc-clusterip:svc-webport cluster IP');
});

t.test('without -c there are no counters', async (t) => {
  const text = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n';
  const ruleset = parseIptablesSave(text);
  t.equal(ruleset.tables[0]?.chains[0]?.rules[0]?.counters, undefined);
  t.equal(printIptablesSave(ruleset), text);
});

t.test('any ruleset is printed and read back the same', async (t) => {
  const name = fc.stringMatching(/^[A-Z][A-Z0-9-]{0,20}$/);
  const counters = fc.record({ packets: fc.maxSafeNat(), bytes: fc.maxSafeNat() }, { noNullPrototype: true });
  const words = fc.array(fc.string({ unit: 'grapheme-ascii' }), { maxLength: 6 });
  const chain = fc.record({
    name,
    policy: fc.constantFrom('-', 'ACCEPT', 'DROP'),
    counters,
    rules: fc.array(fc.record({ words, counters }), { maxLength: 4 }),
  });
  const note = fc.array(fc.constantFrom('# a note', ''), { maxLength: 2 });
  const table = fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    chains: fc.uniqueArray(chain, { selector: (c) => c.name, maxLength: 4 }),
    preamble: note,
  });
  const rulesets = fc.record({ tables: fc.uniqueArray(table, { selector: ({ name }) => name, maxLength: 3 }), trailer: note });
  fc.assert(
    fc.property(rulesets, ({ tables, trailer }) => {
      const ruleset: Ruleset = {
        trailer,
        tables: tables.map((one) => ({
          ...one,
          chains: one.chains.map((c) => ({
            ...c,
            rules: c.rules.map((rule) => ({
              chain: c.name,
              spec: rule.words.map(quoteWord).join(' '),
              tokens: rule.words,
              counters: rule.counters,
            })),
          })),
        })),
      };
      const text = printIptablesSave(ruleset);
      deepEqual(parseIptablesSave(text), ruleset);
      equal(printIptablesSave(parseIptablesSave(text)), text);
    }),
    { numRuns: 200 },
  );
});

t.test('quoting is undone by splitting', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' })), (words) => deepEqual(splitWords(words.map(quoteWord).join(' ')), words)),
  );
});

t.test('a malformed text names its line', async (t) => {
  const faults: readonly (readonly [string, number, RegExp])[] = [
    ['*nat\n:A - [0:0]\nCOMMIT', 3, /cut off/],
    ['*nat\n:A - [0:0]\n', 2, /table nat has no COMMIT/],
    ['-A INPUT -j DROP\n', 1, /expected a table/],
    ['*nat\nCOMMIT\n*nat\nCOMMIT\n', 3, /twice/],
    ['*nat\n:A - \nCOMMIT\n', 2, /expected a chain/],
    ['*nat\n:A - [0:0]\n:A - [0:0]\nCOMMIT\n', 3, /declared twice/],
    ['*nat\n[0:0] -A B -j DROP\nCOMMIT\n', 2, /chain B was not declared/],
    ['*nat\n:A - [0:0]\n[0:0] -A A -m comment --comment "x\nCOMMIT\n', 3, /quote is left open/],
    ['*nat\n:A - [0:0]\nwhatever\nCOMMIT\n', 3, /expected a rule/],
    ['*nat\n:A - [99999999999999999:0]\nCOMMIT\n', 2, /too large/],
    ['* nat\nCOMMIT\n', 1, /not the name of a table/],
  ];
  for (const [text, line, message] of faults) {
    try {
      parseIptablesSave(text);
      t.fail(`read without an error: ${text}`);
    } catch (error) {
      t.ok(error instanceof SaveTextError && error.line === line && message.test(error.message), `${error}`);
    }
  }
});
