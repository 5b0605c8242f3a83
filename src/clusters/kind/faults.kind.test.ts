import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  docker,
  down,
  engineHolds,
  inControlPlane,
  nodes,
  type OwnPlace,
  ownPlace,
  sidecars,
  workloads,
} from '../../cli/testing/kind-engine.js';
import type { Finished } from '../../cli/testing/svclab.js';
import { waitFor } from '../../core/wait.js';

// One after the other: the first with no cluster, the next on one that is kept, and the last in its place. No more clusters are made than that takes.

t.teardown(async () => {
  await down();
});
await down();
const before = await engineHolds();

function says(t: Test, end: Finished, exitCode: number, ...patterns: readonly RegExp[]): void {
  const text = `${end.stdout}\n${end.stderr}`;
  t.equal(end.exitCode, exitCode, text);
  // Long lines are broken to fit.
  for (const pattern of patterns) t.match(text.replace(/\s+/g, ' '), pattern);
  t.notMatch(text, /\n\s+at |HTTP code|itself failed|\{"message"/, 'no stack trace, and nothing raw');
}

async function asBefore(t: Test, place: OwnPlace, held = before): Promise<void> {
  t.same(await engineHolds(), held, 'containers, networks and volumes are as before');
  t.same(await place.strewn(), [], 'no temporary file and no program is left');
}

/** The manifest of the last run: it is there when the folder was sealed. */
async function manifest({
  out,
}: OwnPlace): Promise<{ readonly observations: readonly unknown[]; readonly files: Readonly<Record<string, unknown>> }> {
  return JSON.parse(await readFile(join(out, 'latest', 'manifest.json'), 'utf8'));
}

for (const moment of ['Preparing nodes', 'Joining worker nodes']) {
  t.test(`Ctrl-C while kind is at work: ${moment}`, async (t) => {
    const place = await ownPlace(t);
    const run = place.lab();
    await run.says(moment);
    run.kill('SIGINT');
    says(t, await run.finished, 130);
    t.ok(Object.hasOwn((await manifest(place)).files, 'lab/clusterip/lab.yaml'), 'the run folder is sealed');
    await asBefore(t, place);
  });
}

t.test('svclab is killed while kind is at work: the next run says so, and it can be ended', async (t) => {
  const place = await ownPlace(t);
  const run = place.lab();
  await run.says('Preparing nodes');
  // kind has begun with that when the first node is there.
  await waitFor('a node', async () => (await engineHolds())['containers']?.some((name) => nodes.includes(name)) || undefined, {
    ...{ intervalMs: 50, timeoutMs: 60_000 },
  });
  run.kill('SIGKILL');
  t.equal((await run.finished).signal, 'SIGKILL');
  says(t, await place.lab().finished, 2, /not finished: svclab was ended while it made it/, /--fresh/, /svclab down/);
  t.same(await down(), ['kind/myk8s']);
  t.same(await engineHolds(), before, 'nothing came after it');
});

t.test('a port of the cluster file that another program holds', async (t) => {
  const place = await ownPlace(t);
  const listener = createServer().listen(30001, '127.0.0.1');
  await once(listener, 'listening');
  t.teardown(() => listener.close());
  says(t, await place.lab().finished, 3, /127\.0\.0\.1:30001/, /hostPort|change the port/);
  await asBefore(t, place);
});

t.test('a cluster that is kept', async (t) => {
  const place = await ownPlace(t);
  const end = await place.lab('--keep').finished;
  says(t, end, 0);
  const held = await engineHolds();
  t.ok(nodes.every((name) => held['containers']?.includes(name)));
  t.same(await place.strewn(), []);
  const there = await workloads();
  t.ok(there.some((one) => one.startsWith('Pod/net-pod ')));

  /** What was there stays, and what a run brought goes. */
  const asKept = async (t: Test, own: OwnPlace, objects: readonly string[]): Promise<void> => {
    await asBefore(t, own, held);
    t.same(await workloads(), objects, 'the objects are the very same');
  };

  t.test('Ctrl-C while an image is loaded', async (t) => {
    const own = await ownPlace(t);
    // A pod that runs needs no image.
    await inControlPlane('kubectl', 'delete', 'pod', 'webpod2', '--now');
    const less = await workloads();
    t.equal(less.length, there.length - 1);
    await docker('exec', 'myk8s-worker2', 'ctr', '--namespace', 'k8s.io', 'images', 'remove', 'docker.io/traefik/whoami:v1.11.0');
    const run = own.lab();
    await run.says('loading docker.io/traefik/whoami');
    run.kill('SIGINT');
    says(t, await run.finished, 130);
    await asKept(t, own, less);
  });

  t.test('Ctrl-C while pods start: they go, and the Service that was there stays', async (t) => {
    await inControlPlane('kubectl', 'delete', 'pod', '--all', '--now');
    const bare = await workloads();
    t.ok(bare.some((one) => one.startsWith('Service/svc-clusterip ')));
    const own = await ownPlace(t);
    const run = own.lab();
    await run.says('applying the manifests');
    run.kill('SIGINT');
    says(t, await run.finished, 130);
    await asKept(t, own, bare);
  });

  t.test('Ctrl-C in a step, and once more while what it brought is cleaned up', async (t) => {
    const bare = await workloads();
    const own = await ownPlace(t);
    const run = own.lab();
    await run.says('4 rules');
    run.kill('SIGINT');
    await run.says('· cleanup');
    run.kill('SIGINT');
    says(t, await run.finished, 130, /still cleaning up/);
    t.ok((await manifest(own)).observations.length >= 6, 'what was observed until then is kept');
    await asKept(t, own, bare);
  });

  t.test('svclab is killed in a step: the next run removes the sidecars that it left, and Ctrl-C in sabotage ends that one', async (t) => {
    const killed = await ownPlace(t);
    const first = killed.lab();
    await first.says('3 wire');
    says(t, await killed.lab().finished, 2, /another svclab is at work with the cluster myk8s/);
    first.kill('SIGKILL');
    await first.finished;
    t.ok((await sidecars()).length > 0, 'they are left');
    const objects = await workloads();
    const own = await ownPlace(t);
    const run = own.lab('--sabotage', 'relabelled');
    await run.says('· sabotage');
    run.kill('SIGINT');
    says(t, await run.finished, 130);
    await asKept(t, own, objects);
  });

  for (const how of ['stop', 'restart'] as const) {
    t.test(`docker ${how} of all nodes between two runs`, async (t) => {
      const own = await ownPlace(t);
      // Not in the order of their addresses.
      await docker(how, '--time', '5', ...[...nodes].reverse());
      const run = own.lab();
      await Promise.race([run.says('3 wire').catch(() => {}), run.finished]);
      run.kill('SIGINT');
      const end = await run.finished;
      // Whether it can be mended is the node image's affair; what cannot be is said.
      if (end.exitCode === 130) {
        t.comment('they are well again');
        says(t, end, 130, how === 'stop' ? /had stopped: started again/ : /3 wire/);
      } else says(t, end, 4, /node myk8s-\S+ (has the address|is not Ready)|API server|connection/, /--fresh/);
      await asBefore(t, own, held);
    });
  }

  t.test('the control plane dies in the middle of a lab', async (t) => {
    const own = await ownPlace(t);
    const run = own.lab();
    const ready = await Promise.race([run.says('3 wire').then(() => true), run.finished.then(() => false)]).catch(() => false);
    if (!ready) {
      t.comment('the cluster did not survive its restart');
      return says(t, await run.finished, 4, /--fresh/);
    }
    await docker('kill', 'myk8s-control-plane');
    says(t, await run.finished, 4, /myk8s-control-plane of the cluster myk8s no longer runs/, /--fresh/);
    await asBefore(t, own, held);
  });
});

t.test('--fresh takes its place; a worker dies in the middle of a lab', async (t) => {
  const place = await ownPlace(t);
  const run = place.lab('--fresh');
  await run.says('ending the old cluster myk8s');
  await run.says('3 wire');
  await docker('kill', 'myk8s-worker2');
  says(t, await run.finished, 4, /myk8s-worker2 of the cluster myk8s no longer runs/, /--fresh/);
  t.ok((await manifest(place)).observations.length > 0, 'what was observed until then is kept');
  const [folder = ''] = (await readdir(place.out)).filter((name) => name !== 'latest');
  t.ok((await readdir(join(place.out, folder, 'steps'))).length > 0);
  await asBefore(t, place);
});
