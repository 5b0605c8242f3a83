import fc from 'fast-check';
import t from 'tap';
import { expand, expandOptions, parseTemplate } from './template.js';

const fill = (text: string) => expand(parseTemplate(text).template, (path) => `<${path.join('/')}>`);

t.test('references end where a name ends', async (t) => {
  t.equal(fill('$service.address:$service.port'), '<service/address>:<service/port>');
  t.equal(fill('$backends.0.address/32'), '<backends/0/address>/32');
  t.equal(fill('$net-pod.node.address.'), '<net-pod/node/address>.');
  t.equal(fill('$requests'), '<requests>');
  t.equal(fill('a$each.port-b'), 'a<each/port>-b');
  t.equal(fill('no reference'), 'no reference');
  t.equal(fill(''), '');
});

t.test('two dollars are a dollar, never a reference', async (t) => {
  t.equal(fill('$$HOME $$$service.port $$$$'), '$HOME $<service/port> $$');
});

t.test('a lonely dollar is a fault with its place', async (t) => {
  t.match(parseTemplate('ab $5').faults, [{ offset: 3, text: '$5' }]);
  t.match(parseTemplate('ab $').faults, [{ offset: 3, text: '$' }]);
  t.match(parseTemplate(`$${'{service.port}'} $Upper`).faults, [{ offset: 0 }, { offset: 16 }]);
});

t.test('what is filled in is never read again', async (t) => {
  t.equal(
    expand(parseTemplate('$a.b $c.d').template, () => '$c.d x'),
    '$c.d x $c.d x',
  );
});

t.test('property: texts with doubled dollars come back as they were', async (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { template, faults } = parseTemplate(text.replaceAll('$', '$$$$'));
      return faults.length === 0 && expand(template, () => 'never') === text;
    }),
  );
  t.pass();
});

t.test('options of a probe', async (t) => {
  const { template } = parseTemplate('port $service.port');
  t.same(
    expandOptions({ options: { filter: 'port $service.port', other: 5 }, templates: { filter: template } }, () => '80'),
    { filter: 'port 80', other: 5 },
  );
});
