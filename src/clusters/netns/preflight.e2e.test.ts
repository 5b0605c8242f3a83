import { chmodSync } from 'node:fs';
import t from 'tap';
import { findings } from './preflight.js';

const signal = new AbortController().signal;
const root = process.getuid?.() === 0;

t.test('a machine that has everything', async (t) => {
  const tools = [
    { package: 'iproute2', commands: ['ip'] },
    { package: 'iptables', commands: ['iptables-nft', 'iptables-nft-restore'] },
  ];
  // An ordinary user's PATH has no sbin.
  const found = await findings({ root, env: { PATH: '/usr/bin:/bin' }, tools }, signal);
  t.same(
    found.map(({ what, ok }) => [what, ok]),
    [
      ['ip', true],
      ['iptables-nft', true],
      ['iptables-nft-restore', true],
      [root ? 'namespaces' : 'namespaces without root', true],
      ['kernel', true],
    ],
  );
  t.ok(found.every(({ detail, hint }) => detail !== '' && hint === undefined));
});

t.test('what is missing is named, with what to type', async (t) => {
  const found = await findings(
    { root, env: { PATH: '/usr/bin:/bin' }, tools: [{ package: 'some-package', commands: ['no-such-tool'] }] },
    signal,
  );
  t.match(found[0], { what: 'no-such-tool', ok: false, detail: 'not found', hint: 'sudo apt-get install some-package' });
});

t.test('namespaces that are forbidden, and then no look at the kernel', async (t) => {
  // A PATH in front whose unshare is refused as the kernel would refuse it.
  const folder = t.testdir({ unshare: '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n' });
  chmodSync(`${folder}/unshare`, 0o755);
  const found = await findings({ root, env: { PATH: `${folder}:/usr/bin:/bin` }, tools: [] }, signal);
  t.equal(found.length, 1);
  t.match(found[0], { ok: false, detail: 'unshare: unshare failed: Operation not permitted', hint: root ? /--privileged/ : /sudo/ });
});
