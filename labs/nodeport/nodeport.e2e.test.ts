import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { temporaryFolder } from '../../src/cli/testing/svclab.js';
import { provesItself } from '../testing/proof.js';

t.setTimeout(240_000);

t.test('every claim is green, and every break turns its claim red for its reason', async (t) => {
  await provesItself(t, await labOnFreePort(await temporaryFolder(t)));
});

/** A copy of the lab with another port in the place of 30000, which this machine has for one alone; gives its file. */
async function labOnFreePort(folder: string): Promise<string> {
  const port = await freeNodePort();
  const labs = fileURLToPath(new URL('../../../labs/', import.meta.url));
  await cp(join(labs, 'nodeport'), join(folder, 'nodeport'), { recursive: true });
  const config = await readFile(join(labs, 'myk8s.kind.yaml'), 'utf8');
  // The other two lead nowhere here.
  const ports = config.replace(/ {4}extraPortMappings:\n(?: {6}.*\n)+/, (text) =>
    text
      .split(/(?= {6}- )/)
      .slice(0, 2)
      .join(''),
  );
  await writeFile(join(folder, 'myk8s.kind.yaml'), ports.replaceAll('30000', String(port)));
  const service = join(folder, 'nodeport/manifests/svc-published.yaml');
  await writeFile(service, (await readFile(service, 'utf8')).replace('nodePort: 30000', `nodePort: ${port}`));
  return join(folder, 'nodeport/lab.yaml');
}

/** A port of the range of node ports that nothing listens on. */
async function freeNodePort(): Promise<number> {
  for (;;) {
    const port = 30_003 + Math.floor(Math.random() * 2_700);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return port;
    } catch {
      // Another one has it.
    } finally {
      server.close();
    }
  }
}
