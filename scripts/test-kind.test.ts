import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import t from 'tap';

const program = fileURLToPath(new URL('./test-kind.js', import.meta.url));
// No engine, no kind, no kubectl.
const env = { PATH: '/nonexistent', DOCKER_HOST: 'unix:///nonexistent/docker.sock', XDG_CACHE_HOME: '/nonexistent' };

t.test('a machine without Docker and kind: what is missing, and exit code 3', async (t) => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program], { env, reject: false });
  t.equal(exitCode, 3);
  t.match(stderr, /this machine lacks:\n(.*\n)*.*kind: .*\(.+\)/, 'with what to do');
  t.match(stderr, /^ +docker: /im);
  t.match(stderr, /^ +kubectl: /m);
  t.notMatch(stdout, 'passed', 'nothing was tested, and nothing is said to be');
});

t.test('no such test: wrong usage, not a pass', async (t) => {
  const { exitCode, stderr } = await execa(process.execPath, [program, 'no-such-test'], { env, reject: false });
  t.equal(exitCode, 2);
  t.match(stderr, 'no-such-test');
});
