import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** For tests alone: an engine's API on a socket of its own. */
export async function answeringEngine(t: Test, answers: Readonly<Record<string, unknown>>, listener?: RequestListener): Promise<string> {
  const socket = join(socketFolder(t), 'docker.sock');
  const server = createServer(
    listener ??
      ((request, response) => {
        const answer = answers[(request.url ?? '').replace(/\?.*/, '')];
        response.writeHead(answer === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(answer ?? { message: 'page not found' }));
      }),
  );
  server.listen(socket);
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return socket;
}

/** For tests alone: the path of a socket has room for 107 bytes (unix(7)), and tap's own folders are long. */
export function socketFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'svclab-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
