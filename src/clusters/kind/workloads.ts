import type { KubeObject, ManifestSource } from '../../core/cluster.js';
import type { Executor } from '../../core/executor.js';
import type { Text } from '../../core/text.js';
import { allAsWanted } from './as-wanted.js';
import { leftovers, marked } from './leftovers.js';
import { imageIds, loadImages } from './load-images.js';
import { fullName, imagesByNode, imagesOf, keyOf, objectsToApply, type Written } from './manifests.js';
import type { Tools } from './tools.js';

export interface WorkloadsOptions {
  readonly tools: Tools;
  readonly cluster: string;
  readonly nodes: readonly string[];
  /** Commands in a node's own container. */
  readonly inside: (node: string) => Executor;
  /** What the API server shows now. */
  readonly objects: (signal: AbortSignal) => Promise<readonly KubeObject[]>;
  readonly progress: (text: Text) => void;
}

const goneWithinMs = 60_000;

/** What a run puts on a cluster, and takes away from one that stays. */
export class Workloads {
  readonly #options: WorkloadsOptions;
  /** What `apply` has put there. */
  readonly #applied = new Map<string, Written>();
  /** Something has been applied. */
  #begun = false;
  #images: ReadonlyMap<string, string> = new Map();
  /** `NODE IMAGE ID`, each brought here by this process. */
  readonly #brought = new Set<string>();

  constructor(options: WorkloadsOptions) {
    this.#options = options;
  }

  /** The images of what was applied last, with the engine's ids. */
  get images(): ReadonlyMap<string, string> {
    return this.#images;
  }

  /** Brings the images to the nodes that will need them, ahead of `apply`. @throws InputError, UnmetError where an image cannot be had, EnvironmentError */
  async bring(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<void> {
    await this.#bring(await this.#marked(manifests, signal), signal);
  }

  /**
   * The first time, what an earlier run left goes before.
   * @returns whether anything had to be done.
   * @throws InputError, UnmetError where an image cannot be had, EnvironmentError
   */
  async apply(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<boolean> {
    const { tools, progress } = this.#options;
    const wanted = await this.#marked(manifests, signal);
    const found = await this.#options.objects(signal);
    const left = this.#begun ? [] : leftovers(found, wanted);
    this.#begun = true;
    const there = new Set(found.filter((object) => !left.includes(object)).map(keyOf));
    for (const item of wanted) if (!there.has(keyOf(item))) this.#applied.set(keyOf(item), item);
    const asWanted = allAsWanted(found, wanted);
    await Promise.all([this.#deleteLeftovers(left), asWanted ? undefined : this.#bring(wanted, signal)]);
    if (asWanted) {
      progress({ en: 'what the manifests describe is there', ko: '매니페스트대로 이미 있음' });
      return left.length > 0;
    }
    progress({ en: 'applying the manifests', ko: '매니페스트 적용' });
    // In their order: a namespace comes before what is in it.
    for (const item of wanted) await tools.api.apply(item, signal);
    return true;
  }

  /** @throws EnvironmentError when something is still there. */
  async deleteAll(): Promise<void> {
    await this.#delete([...this.#applied.values()]);
    this.#applied.clear();
  }

  async #marked(manifests: readonly ManifestSource[], signal: AbortSignal): Promise<readonly Written[]> {
    const { tools, progress } = this.#options;
    const items = objectsToApply(manifests);
    this.#images = await imageIds(tools.docker, items.flatMap(imagesOf), { progress, signal });
    return marked(items, this.#images);
  }

  async #bring(objects: readonly Written[], signal: AbortSignal): Promise<void> {
    const { tools, cluster, nodes, inside, progress } = this.#options;
    const key = (node: string, image: string): string => `${node} ${image} ${this.#images.get(fullName(image))}`;
    const wanted = new Map<string, readonly string[]>();
    for (const [node, images] of imagesByNode(objects, nodes)) {
      const more = images.filter((image) => !this.#brought.has(key(node, image)));
      if (more.length > 0) wanted.set(node, more);
    }
    await loadImages(tools, this.#images, { cluster, wanted, inside, progress, signal });
    for (const [node, images] of wanted) for (const image of images) this.#brought.add(key(node, image));
  }

  async #deleteLeftovers(left: readonly KubeObject[]): Promise<void> {
    if (left.length === 0) return;
    this.#options.progress({ en: 'deleting what an earlier run left', ko: '이전 실행이 남긴 것 지우기' });
    await this.#delete(left);
  }

  async #delete(objects: readonly (Written | KubeObject)[]): Promise<void> {
    // What has been put there is taken away even when the run is broken off.
    await this.#options.tools.api.deleteAll(objects, goneWithinMs, new AbortController().signal);
  }
}
