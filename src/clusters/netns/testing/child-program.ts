/**
 * For tests alone: a program that has a cluster, says on standard output where it is, and goes on until it is killed.
 * Its one argument is how far it goes: `spawned`, `wired`, `applied`, `capturing`, or `kept`, after which it ends by itself.
 */
import { clusterIpManifests, never, startCluster } from './course-cluster.js';

const goal = process.argv[2] ?? '';
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
/** Keeps the process alive, and nothing else does. */
const stay = (): unknown => setInterval(() => {}, 1_000);

const starting = startCluster();
say('spawned');
const cluster = await starting;
say('wired');
if (goal === 'wired') stay();
else {
  await cluster.apply(clusterIpManifests, never);
  say('applied');
  if (goal === 'capturing') {
    const tcpdump = await cluster.executor('node/myk8s-worker').start(['tcpdump', '-i', 'any', '-w', '-']);
    await tcpdump.waitForStderr(/listening on/);
    say('capturing');
    stay();
  } else if (goal === 'kept') say(await cluster.keep());
  else stay();
}
