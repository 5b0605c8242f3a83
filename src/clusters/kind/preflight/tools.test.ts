import t from 'tap';
import { answering } from '../testing/fake-local.js';
import { kindFinding, kubectlFinding } from './tools.js';

const never = new AbortController().signal;
const kind = (answer?: string | number) => kindFinding(answering(answer === undefined ? {} : { 'kind version': answer }), never);
const kubectl = (answer?: string | number) =>
  kubectlFinding(answering(answer === undefined ? {} : { 'kubectl version --client --output=json': answer }), never);
const version = (gitVersion: string) => JSON.stringify({ clientVersion: { major: '1', gitVersion } }, undefined, 2);

t.test('kind is wanted in one version exactly', async (t) => {
  t.strictSame(await kind('kind v0.24.0 go1.22.6 linux/amd64\n'), { what: 'kind', ok: true, detail: 'kind v0.24.0 go1.22.6 linux/amd64' });
  t.match(await kind('kind v0.24.1 go1.22.6 linux/amd64\n'), { ok: false, detail: 'found v0.24.1, wanted v0.24.0' });
  t.match(await kind('kind v0.24.0-alpha go1.22.6 linux/amd64'), { ok: false });
  t.match(await kind('something else'), { ok: false, detail: 'found something else, wanted v0.24.0' });
  t.match(await kind(1), { ok: false, detail: 'it failed' });
  const hint = /go install sigs\.k8s\.io\/kind@v0\.24\.0.*b89aada5a39d620da3fcd16435b7f28d858927dd53f92cbac77686b0588b600d/;
  t.match(await kind(), { ok: false, detail: 'not found', hint });
});

t.test('kubectl within one minor version of the API server', async (t) => {
  for (const fits of ['v1.30.0', 'v1.31.0', 'v1.31.14', 'v1.32.4-dispatcher'])
    t.strictSame(await kubectl(version(fits)), { what: 'kubectl', ok: true, detail: fits });
  for (const not of ['v1.29.9', 'v1.33.0', 'v1.3.1'])
    t.match(await kubectl(version(not)), { ok: false, detail: `found ${not}, wanted v1.31, or one minor version from it` });
  t.match(await kubectl('{}'), { ok: false, detail: /not understood/ });
  t.match(await kubectl(1), { ok: false, detail: 'it failed' });
  t.match(await kubectl(), {
    ok: false,
    detail: 'not found',
    hint: /7c27adc64a84d1c0cc3dcf7bf4b6e916cc00f3f576a2dbac51b318d926032437/,
  });
});
