import t from 'tap';
import { EnvironmentError, InputError, UsageError } from '../core/errors.js';
import { blaming } from './blamed.js';

const source = { file: 'labs/mine/lab.yaml', line: 77, column: 9 };
const thrown = (error: Error): Promise<unknown> => blaming(source, () => Promise.reject(error)).catch((caught: unknown) => caught);

t.test('a change that cannot be names its place in the lab', async (t) => {
  const unknown = await thrown(new UsageError("there is no Service 'web'", { hint: 'there are: svc-web' }));
  t.match(unknown, {
    message: "labs/mine/lab.yaml:77:9: this cannot be changed so: there is no Service 'web'",
    hint: 'there are: svc-web',
    exitCode: 2,
  });
  const problem = {
    file: 'Service web, patched',
    line: 22,
    column: 24,
    length: 3,
    message: "'Foo' is no session affinity",
    expected: 'None or ClientIP',
    hint: 'write ClientIP',
    source: '  sessionAffinity: Foo',
  };
  const impossible = await thrown(new InputError([problem]));
  t.type(impossible, UsageError);
  t.match(impossible, {
    message: "labs/mine/lab.yaml:77:9: this cannot be changed so: 'Foo' is no session affinity; expected None or ClientIP",
    hint: 'write ClientIP',
  });
});

t.test('what is not the fault of the change stays what it is', async (t) => {
  const broke = new EnvironmentError('the node ended');
  t.equal(await thrown(broke), broke);
  t.equal(await blaming(source, async () => 7), 7);
});
