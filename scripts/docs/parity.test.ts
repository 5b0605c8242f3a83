import t from 'tap';
import { languages } from '../../src/core/text.js';
import { allowedReasons } from '../../src/parity/allowed.js';
import { codeIn, document, tableOf } from './markdown.js';

const parity = document('docs/parity.md');

t.test('the allowed differences are those of the program, each with its reason', async (t) => {
  t.strictSame(
    tableOf(parity, 'difference').map(([id = '', why]) => [codeIn(id)[0], why]),
    allowedReasons.map(({ id, reason }) => [id, reason.en]),
  );
});

t.test('each allowed difference has an id of its own, a reason in every language, and patterns that are not for everything', async (t) => {
  t.equal(new Set(allowedReasons.map(({ id }) => id)).size, allowedReasons.length);
  for (const { id, reason, patterns } of allowedReasons) {
    for (const language of languages) t.ok(reason[language].length > 20, `${id}: ${language}`);
    t.ok(patterns.length > 0, id);
    for (const { section, line } of patterns) {
      t.match(section.source, /^\^.*(\$|\))$|^\^.* on $/, `${id}: its section is anchored`);
      // Any line of a section only where the section itself belongs to what is allowed.
      if (line.source === '^') t.match(section.source, /kube-dns|coredns/, id);
    }
  }
});
