import type { KubeObject, ProxyMode } from '../../core/cluster.js';
import { EnvironmentError } from '../../core/errors.js';
import { type Executor, succeeded } from '../../core/executor.js';
import { waitFor } from '../../core/wait.js';
import type { GonePods } from './gone-pods.js';
import { NodeEnded } from './node-watch.js';
import { otherEvidence, type ProxyEvidence, proxyEvidence } from './proxy-evidence.js';
import { nodeAddresses, unready, unreadyPod } from './settled.js';
import { syncSigns } from './sync-signs.js';
import type { Tools } from './tools.js';

/** Where kube-proxy does not tell of its syncs: it waits at most this long between a change and its sync (kubeadm's default `minSyncPeriod: 1s`), and some time for the sync itself. */
const longestWaitMs = 1_300;
/** Where it does: time for what the API server has told already to reach kube-proxy. */
const noticeMs = 250;

/** A node's rules were read, and are not yet what the objects ask for. */
class RulesBehind extends EnvironmentError {}

export interface Settling {
  readonly tools: Pick<Tools, 'local' | 'kubectlPrefix'>;
  /** What the API server shows now. */
  readonly objects: (signal: AbortSignal) => Promise<readonly KubeObject[]>;
  /** Some of it that is quickly told, and without which nothing has settled: the pods but for the cluster's own. */
  readonly workloadPods: (signal: AbortSignal) => Promise<readonly KubeObject[]>;
  /** Commands beside a node. */
  readonly beside: (node: string) => Executor;
  readonly podSubnet: string;
  readonly mode: ProxyMode;
  /** Those whose pods are to have ended. */
  readonly gonePods?: GonePods;
  /** Wait also until nothing of the other modes is left. */
  readonly alone?: boolean;
  /** How long nothing may happen for the rules to have settled, in place of what is said above. */
  readonly quietMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Everything Ready, what was deleted ended, the EndpointSlices complete, kube-proxy's chains in place on every node, and no sync since: by evidence, not by time alone.
 * @returns the objects for which the rules were found in place.
 */
export async function settle(settling: Settling): Promise<readonly KubeObject[]> {
  const { signal, mode } = settling;
  const evidence = proxyEvidence(mode);
  const others = settling.alone === true ? otherEvidence(mode) : [];
  const broken = new AbortController();
  const patience = { intervalMs: 50, timeoutMs: 120_000, signal: AbortSignal.any([signal, broken.signal]) };
  let wasBehind = false;
  /** What can no longer come true is not waited for. */
  const wait = (what: string, look: () => Promise<void>): Promise<boolean> => {
    const once = async (): Promise<boolean> => {
      await look().catch((error: unknown) => {
        if (error instanceof NodeEnded) broken.abort(error);
        wasBehind ||= error instanceof RulesBehind;
        throw error;
      });
      return true;
    };
    return waitFor(what, once, patience);
  };
  let objects: readonly KubeObject[] = [];
  try {
    await wait('the cluster', async () => {
      objects = await settling.workloadPods(signal);
      mustBeReady(objects);
      objects = await settling.objects(signal);
      mustBeReady(objects);
      await Promise.all(nodeAddresses(objects).map((node) => chainsInPlace(settling, evidence, objects, node)));
      await Promise.all(nodeAddresses(objects).map(({ name }) => nothingLeft(settling, others, name)));
      const besideNodes = nodeAddresses(objects).map(({ name }) => settling.beside(name));
      await settling.gonePods?.mustHaveEnded(objects, besideNodes, signal);
    });
  } catch (error) {
    throw error instanceof EnvironmentError ? await withLastWords(settling, error, unreadyPod(objects)) : error;
  }
  const nodes = nodeAddresses(objects).map(({ name }) => name);
  await wait('the rules to settle', async () => {
    const before = await signsOf(settling, evidence, nodes);
    if (before.pending) throw new EnvironmentError('kube-proxy has not taken up a change yet');
    // The objects were complete while the rules were seen to be behind: what the API server had to tell has arrived.
    if (wasBehind && before.told) return;
    await new Promise((resolve) => setTimeout(resolve, settling.quietMs ?? (before.told ? noticeMs : longestWaitMs)));
    const after = await signsOf(settling, evidence, nodes);
    if (after.pending || before.text !== after.text) throw new EnvironmentError('kube-proxy has just written them again');
  });
  return objects;
}

function mustBeReady(objects: readonly KubeObject[]): void {
  const why = unready(objects);
  if (why !== undefined) throw new EnvironmentError(why);
}

/** Whether every node holds the rules of that mode, and of no other. */
export async function worksIn(settling: Omit<Settling, 'alone' | 'objects' | 'workloadPods'>, nodes: readonly string[]): Promise<boolean> {
  const { mode } = settling;
  const own = proxyEvidence(mode);
  const right = async (node: string, evidence: ProxyEvidence): Promise<boolean> =>
    evidence.isThere(await listed(settling, evidence, node)) === (evidence === own);
  const all = await Promise.all(nodes.flatMap((node) => [own, ...otherEvidence(mode)].map((evidence) => right(node, evidence))));
  return all.every((yes) => yes);
}

async function chainsInPlace(
  settling: Settling,
  evidence: ProxyEvidence,
  objects: readonly KubeObject[],
  node: { readonly name: string; readonly ip: string },
): Promise<void> {
  const wanted = evidence.wanted(objects, node, settling.podSubnet);
  const found = evidence.found(await listed(settling, evidence, node.name));
  if (wanted !== found) throw new RulesBehind(`${node.name} holds the chains ${found}, and should hold ${wanted}`);
}

async function nothingLeft(settling: Settling, others: readonly ProxyEvidence[], node: string): Promise<void> {
  for (const other of others) {
    if (other.isThere(await listed(settling, other, node))) {
      throw new EnvironmentError(`${node} still holds rules of another proxy mode than ${settling.mode}`);
    }
  }
}

/** Nothing, where nothing of the mode is there. */
async function listed({ beside, signal }: Pick<Settling, 'beside' | 'signal'>, { listing }: ProxyEvidence, node: string): Promise<string> {
  const result = await beside(node).run(listing, { signal });
  if (succeeded(result)) return result.stdout;
  // How nft says that there is no such table.
  if (/No such file or directory/.test(result.stderr)) return '';
  throw new EnvironmentError(`'${listing.join(' ')}' failed beside ${node}: ${result.stderr.trim() || result.ended}`);
}

/** What shows whether any node's kube-proxy has synced or is about to; `told` where each says so itself. */
async function signsOf({ beside, signal }: Settling, evidence: ProxyEvidence, nodes: readonly string[]) {
  const all = await Promise.all(
    nodes.map(async (node) => {
      const executor = beside(node);
      const signs = await syncSigns(executor, signal);
      if (signs !== undefined) return { told: true, ...signs };
      // Rules with their handles, which are others as soon as the rules are written anew.
      const { stdout } = await executor.run(evidence.handles, { signal });
      return { told: false, pending: false, text: stdout };
    }),
  );
  return {
    told: all.every(({ told }) => told),
    pending: all.some(({ pending }) => pending),
    text: all.map(({ text }) => text).join(''),
  };
}

/** What a pod that does not become Ready said last, where it said anything. */
async function withLastWords({ tools, signal }: Settling, error: EnvironmentError, pod: KubeObject | undefined): Promise<EnvironmentError> {
  if (pod === undefined) return error;
  const { kubectlPrefix, local } = tools;
  const which = ['logs', pod.metadata.name, '--namespace', pod.metadata.namespace ?? 'default', '--tail', '3'];
  const logs = await local.run([...kubectlPrefix, ...which], { signal });
  const words = logs.stdout.trim();
  if (words === '') return error;
  const hint = /too many open files/.test(words)
    ? "this machine gives too few inotify instances: 'sudo sysctl fs.inotify.max_user_instances=512'; then run with --fresh"
    : error.hint;
  return new EnvironmentError(`${error.message}; it said: ${words}`, { ...(hint === undefined ? {} : { hint }), cause: error });
}
