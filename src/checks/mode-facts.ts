import { placeName } from '../core/executor.js';
import type { Answer } from '../evidence/answers.js';
import { newFlows, type Tuple } from '../evidence/conntrack.js';
import type { Sighting } from '../evidence/follow.js';
import type { EvidenceView } from '../evidence/view.js';
import type { Backend, Scene } from '../scene/scene.js';
import { atPlaces } from './at-places.js';
import { followAnswer } from './connections.js';
import { pointOf, sightingsAt } from './hop-points.js';
import { type Decision, decisionOf } from './mode-decision.js';
import { answered, responderOf } from './responders.js';

/** What was seen in one proxy mode. Texts are empty where nothing was. */
export interface ModeFacts extends Decision {
  readonly asked: number;
  /** By a pod of the Service. */
  readonly answered: number;
  /** The source addresses of the connections on the wires of the pods that answered. */
  readonly source: string;
  /** The node where the destination became the pod, and between which of its links: `veth -> eth0`. */
  readonly place: string;
  readonly between: string;
  /** The two tuples of the connections' entries, with roles for addresses: `client > service` and `pod > client`. */
  readonly original: string;
  readonly reply: string;
  /** How many pods answered the client that has session affinity. */
  readonly stickyPods: number;
}

/** The roles and observations that it is about. */
export interface FactsOptions {
  readonly on: string;
  readonly service: string;
  readonly client: string;
  readonly answers: string;
  readonly sticky?: string;
  readonly wire: string;
  readonly table: string;
  readonly rules: string;
}

/** @throws UnsoundEvidence where an observation lacks a part. */
export function factsOf(view: EvidenceView, scene: Scene, options: FactsOptions): ModeFacts {
  const { answers } = view.answers(options.answers);
  const backends = scene.backends(options.service);
  const good = answered(answers).filter((answer) => responderOf(answer, backends) !== undefined);
  const captures = view.captures(options.wire);
  const ways = good.map((answer) => ({ answer, backend: responderOf(answer, backends), syn: followAnswer(captures, answer)?.syn ?? [] }));
  const sticky = options.sticky === undefined ? [] : view.answers(options.sticky).answers;
  const stickyPods = new Set(sticky.map((answer) => responderOf(answer, backends)?.name ?? ''));
  return {
    asked: answers.length,
    answered: good.length,
    source: distinct(ways.map(({ answer, backend, syn }) => sourceAt(scene, answer, backend, syn))),
    place: distinct(ways.map(({ syn }) => translation(syn).place)),
    between: distinct(ways.map(({ syn }) => translation(syn).between)),
    ...entriesOf(view, scene, options, good),
    stickyPods: stickyPods.size,
    ...decisionOf(view, scene, options, good.length),
  };
}

/** Of the pod that answered, on its own wire. */
function sourceAt(scene: Scene, answer: Answer, backend: Backend | undefined, syn: readonly Sighting[]): string {
  const [point] = pointOf('backend', scene, answer, backend);
  return distinct(point === undefined ? [] : sightingsAt(point, syn).map(({ source }) => source));
}

/** Between which two looks at the SYN its destination changed. Every pod has a link of its own, so a veth's number says nothing. */
function translation(syn: readonly Sighting[]): Pick<ModeFacts, 'place' | 'between'> {
  const at = syn.findIndex((sighting, i) => i > 0 && sighting.destination !== syn[i - 1]?.destination);
  const [before, after] = [syn[at - 1], syn[at]];
  if (before === undefined || after === undefined) return { place: '', between: '' };
  const link = ({ link: name }: Sighting): string => name.replace(/^(veth).*/, '$1');
  const from = before.place === after.place ? link(before) : `${placeName(before.place)} ${link(before)}`;
  return { place: placeName(after.place), between: `${from} -> ${link(after)}` };
}

function entriesOf(
  view: EvidenceView,
  scene: Scene,
  options: FactsOptions,
  good: readonly Answer[],
): Pick<ModeFacts, 'original' | 'reply'> {
  const tables = atPlaces(view.flows(options.table), scene.places(options.on), options.table);
  const fresh = tables.flatMap(({ before, after }) => newFlows(before, after));
  const names = new Map([
    [scene.pod(options.client).address, options.client],
    [scene.service(options.service).address, options.service],
    ...scene.backends(options.service).map(({ address }) => [address, 'pod'] as const),
  ]);
  const way = (tuple: Tuple | undefined): string =>
    tuple === undefined ? 'none' : `${names.get(tuple.src) ?? tuple.src} > ${names.get(tuple.dst) ?? tuple.dst}`;
  const own = good.map(({ localAddress, localPort }) =>
    fresh.find(({ original }) => original.src === localAddress && original.sport === localPort),
  );
  return { original: distinct(own.map((flow) => way(flow?.original))), reply: distinct(own.map((flow) => way(flow?.reply))) };
}

function distinct(texts: readonly string[]): string {
  return [...new Set(texts)].toSorted().join(' | ');
}
