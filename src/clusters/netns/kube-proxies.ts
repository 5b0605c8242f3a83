import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ProxyMode } from '../../core/cluster.js';
import type { Holder } from '../../exec/holder.js';
import { isEndpointSlice, isNode, isService } from '../../objects/guards.js';
import { setSysctls } from './inside.js';
import { nodeProxy } from './node-proxies.js';
import type { NodeProxy, ProxySettings } from './node-proxy.js';

interface State {
  readonly mode: ProxyMode;
  /** What its rules were written for. */
  readonly synced: readonly KubeObject[];
  /** One that is stopped leaves its rules as they are. */
  readonly running: boolean;
}

/** The kube-proxy of every node, by the node's name. */
export class KubeProxies {
  readonly #holder: Holder;
  readonly #first: ProxyMode;
  readonly #settings: (node: string) => ProxySettings;
  readonly #modes = new Map<ProxyMode, NodeProxy>();
  readonly #states = new Map<string, State>();

  /**
   * @param first the mode in which every node's kube-proxy starts.
   * @param settings what kube-proxy is started with on a node, with the objects as they are now.
   */
  constructor(holder: Holder, first: ProxyMode, settings: (node: string) => ProxySettings) {
    this.#holder = holder;
    this.#first = first;
    this.#settings = settings;
    this.#proxy(first);
  }

  /** What it sets on a node that is new. */
  get sysctls(): Readonly<Record<string, string>> {
    return this.#proxy(this.#first).sysctls;
  }

  /** The mode of all that run; undefined where one is stopped, or they differ. */
  get mode(): ProxyMode | undefined {
    const modes = new Set([...this.#states.values()].map(({ mode, running }) => (running ? mode : undefined)));
    return modes.size === 1 ? [...modes][0] : undefined;
  }

  /** @throws UnmetError where this machine lacks the mode in which kube-proxy starts. */
  async check(): Promise<void> {
    await this.#proxy(this.#first).check?.();
  }

  /** On a node that is new, and has its sysctls already. */
  async install(node: string, base: string): Promise<void> {
    const settings = this.#settings(node);
    await this.#proxy(this.#first).install(node, settings, base);
    this.#states.set(node, { mode: this.#first, synced: settings.objects, running: true });
  }

  /** Where it runs in that mode already, nothing is done. */
  async switchTo(nodes: readonly string[], mode: ProxyMode): Promise<void> {
    const runs = (node: string): boolean => this.#states.get(node)?.running === true && this.#states.get(node)?.mode === mode;
    await this.start(
      nodes.filter((node) => !runs(node)),
      mode,
    );
  }

  /** As a new kube-proxy does: what rules there are go, and all are written. @throws UnmetError where this machine lacks the mode. */
  async start(nodes: readonly string[], mode: ProxyMode): Promise<void> {
    const proxy = this.#proxy(mode);
    // Before anything is taken away.
    if (nodes.length > 0) await proxy.check?.();
    await Promise.all(
      nodes.map(async (node) => {
        const settings = this.#settings(node);
        await this.#proxy(this.#states.get(node)?.mode ?? mode).remove(node);
        await setSysctls(this.#holder, node, proxy.sysctls);
        await proxy.install(node, settings);
        this.#states.set(node, { mode, synced: settings.objects, running: true });
      }),
    );
  }

  stop(nodes: readonly string[]): void {
    for (const [node, state] of this.#states) if (nodes.includes(node)) this.#states.set(node, { ...state, synced: [], running: false });
  }

  /** Brings the rules of every node whose kube-proxy runs to the objects as they are. */
  async sync(): Promise<void> {
    await Promise.all(
      [...this.#states]
        .filter(([, { running }]) => running)
        .map(async ([node, state]) => {
          const settings = this.#settings(node);
          if (!sameToProxies(state.synced, settings.objects)) await this.#proxy(state.mode).sync(node, settings, state.synced);
          this.#states.set(node, { ...state, synced: settings.objects });
        }),
    );
  }

  #proxy(mode: ProxyMode): NodeProxy {
    const proxy = this.#modes.get(mode) ?? nodeProxy(mode, this.#holder);
    this.#modes.set(mode, proxy);
    return proxy;
  }
}

/** kube-proxy hears of Services, EndpointSlices and Nodes alone, and does nothing where they stay as they are (v1.31.0, pkg/proxy/config/config.go). */
function sameToProxies(before: readonly KubeObject[], now: readonly KubeObject[]): boolean {
  if (before === now) return true;
  const [old, heard] = [before.filter(isHeardOf), now.filter(isHeardOf)];
  return old.length === heard.length && old.every((object, i) => object === heard[i] || isDeepStrictEqual(object, heard[i]));
}

function isHeardOf(object: KubeObject): boolean {
  return isService(object) || isEndpointSlice(object) || isNode(object);
}
