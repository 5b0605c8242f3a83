import t from 'tap';
import { EnvironmentError, UsageError } from '../../core/errors.js';
import { tellingRefusals } from './refused.js';

const thrown = (error: Error): Promise<unknown> => tellingRefusals(() => Promise.reject(error)).catch((caught: unknown) => caught);

t.test('what the API server refuses is a mistake in what was asked for', async (t) => {
  const port = `The Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated`;
  const error = await thrown(new EnvironmentError(`'kubectl apply --filename -' failed: service/other created\n${port}`));
  t.type(error, UsageError);
  t.match(error, { message: `the API server refuses it: ${port}`, exitCode: 2 });
  const gone = 'Error from server (NotFound): services "web" not found';
  t.match(await thrown(new EnvironmentError(`'kubectl patch service/web' failed: ${gone}`)), {
    message: `the API server refuses it: ${gone}`,
  });
});

t.test('an API server that cannot be asked is the environment', async (t) => {
  const broke = new EnvironmentError(`'kubectl get nodes' failed: The connection to the server 127.0.0.1:6443 was refused`);
  t.equal(await thrown(broke), broke);
  const late = new EnvironmentError(
    "'kubectl patch' failed: Error from server (Timeout): the server was unable to return a response in time",
  );
  t.equal(await thrown(late), late);
  t.equal(await tellingRefusals(async () => 7), 7);
});
