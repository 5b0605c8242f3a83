import type { KubeObject } from '../core/cluster.js';
import type { Observation, ObservationPart, Soundness } from '../core/evidence.js';
import type { Place } from '../core/executor.js';
import type { Text } from '../core/text.js';
import { type Answers, parseAnswers } from './answers.js';
import { type Flow, parseConntrack } from './conntrack.js';
import { decodePackets } from './decode.js';
import { parseLinks, parseObjects } from './documents.js';
import type { EvidenceReader } from './evidence-reader.js';
import type { PlacedCapture } from './follow.js';
import { type Latency, parseLatency } from './latency.js';
import { linkTypes } from './link.js';
import { type Output, parseOutputs } from './outputs.js';
import type { Packet } from './packet.js';
import { readPcap } from './pcap.js';
import { type Programming, parseProgramming } from './programming.js';
import { UnreadableError } from './unreadable.js';
import { UnsoundEvidence } from './unsound.js';
import { parseRecent, type RecentEntry } from './xt-recent.js';

export interface CaptureView extends PlacedCapture {
  readonly place: Place;
  /** The file ends inside a packet: what came after it is not known. */
  readonly truncated: boolean;
}

export interface FlowsView {
  readonly place: Place;
  readonly before: readonly Flow[];
  readonly after: readonly Flow[];
}

export interface RecentView {
  readonly place: Place;
  readonly before: readonly RecentEntry[];
  readonly after: readonly RecentEntry[];
}

/** The rules' texts at one moment. */
export interface Reading {
  /** `iptables-save -c`. */
  readonly save: string;
  /** `nft -j -a list ruleset`; undefined where the probe did not take it (the legacy back end has none). */
  readonly nft: string | undefined;
}

export interface ReadingsView {
  readonly place: Place;
  readonly before: Reading;
  readonly after: Reading;
}

/**
 * What the checks are given of one attempt at one step. Files are read when first asked for, and decoded once.
 * Every method that takes an observation's name throws UnsoundEvidence when the observation, a part or a file is missing or unreadable.
 */
export class EvidenceView {
  readonly #reader: EvidenceReader;
  readonly #observations: ReadonlyMap<string, Observation>;
  readonly #inModes = new Map<string, EvidenceView>();
  readonly #capture = this.#reading((bytes) => decodeCapture(bytes));
  readonly #flows = this.#reading((bytes) => parseConntrack(utf8(bytes)));
  readonly #recent = this.#reading((bytes) => parseRecent(utf8(bytes)));
  readonly #links = this.#reading((bytes) => parseLinks(utf8(bytes)));
  readonly #answers = this.#reading((bytes) => parseAnswers(utf8(bytes)));
  readonly #outputs = this.#reading((bytes) => parseOutputs(utf8(bytes)));
  readonly #objects = this.#reading((bytes) => parseObjects(utf8(bytes)));
  readonly #latency = this.#reading((bytes) => parseLatency(utf8(bytes)));
  readonly #programming = this.#reading((bytes) => parseProgramming(utf8(bytes)));
  readonly #text = this.#reading((bytes) => utf8(bytes));

  /** @throws Error when two observations have one name: they are not of one attempt. */
  constructor(reader: EvidenceReader, observations: readonly Observation[]) {
    const byName = new Map(observations.map((observation) => [observation.name, observation]));
    if (byName.size < observations.length) throw new Error('two observations of one attempt have the same name');
    this.#reader = reader;
    this.#observations = byName;
  }

  /** The proxy modes in which the step was taken, and those that could not be, with the reason. */
  get modes(): readonly { readonly mode: string; readonly lacking: Text | undefined }[] {
    return [...this.#observations.values()].flatMap(({ name, soundness }) => {
      const mode = name.startsWith('objects@') ? name.slice('objects@'.length) : undefined;
      return mode === undefined ? [] : [{ mode, lacking: soundness.sound ? undefined : soundness.why }];
    });
  }

  /** What was observed in one proxy mode: there, `wire@nftables` is `wire`. */
  inMode(mode: string): EvidenceView {
    const known = this.#inModes.get(mode);
    if (known !== undefined) return known;
    const own = [...this.#observations.values()].filter(({ name }) => name.endsWith(`@${mode}`));
    const view = new EvidenceView(
      this.#reader,
      own.map((observation) => ({ ...observation, name: observation.name.slice(0, -mode.length - 1) })),
    );
    this.#inModes.set(mode, view);
    return view;
  }

  /** What was captured, place by place. Interfaces are named by the place's part with the role `links` (`ip -j link`). */
  captures(name: string): readonly CaptureView[] {
    const parts = this.#parts(name);
    const captures = parts.filter((part) => part.format === 'pcap');
    if (captures.length === 0) throw missing(name, 'pcap');
    return captures.map(({ place, file }) => {
      const { linkType, packets, truncated } = this.#capture(file);
      const links = parts.find((part) => part.place === place && part.role === 'links');
      // An Ethernet capture has one interface and gives it no number.
      if (links === undefined && linkType !== linkTypes.ethernet) throw missing(name, `links of ${place}`);
      return { place, packets, truncated, links: links === undefined ? new Map() : this.#links(links.file) };
    });
  }

  /** The connection tables, place by place. */
  flows(name: string): readonly FlowsView[] {
    return this.#places(name, 'conntrack-xml').map((place) => ({
      place,
      before: this.#flows(this.#file(name, 'conntrack-xml', place, 'before')),
      after: this.#flows(this.#file(name, 'conntrack-xml', place, 'after')),
    }));
  }

  /** Whom the `recent` match remembers, place by place. */
  recent(name: string): readonly RecentView[] {
    return this.#places(name, 'xt-recent').map((place) => ({
      place,
      before: this.#recent(this.#file(name, 'xt-recent', place, 'before')),
      after: this.#recent(this.#file(name, 'xt-recent', place, 'after')),
    }));
  }

  /** The rules with their counters, place by place, as raw texts: of the whole step, or between two readings by their names. */
  readings(name: string, [from, to]: readonly [string, string] = ['before', 'after']): readonly ReadingsView[] {
    const reading = (place: Place, role: string): Reading => {
      const nft = this.#parts(name).find((part) => part.format === 'nft-json' && part.place === place && part.role === role);
      return { save: this.#text(this.#file(name, 'iptables-save', place, role)), nft: nft && this.#text(nft.file) };
    };
    const places = this.#places(name, 'iptables-save');
    return places.map((place) => ({ place, before: reading(place, from), after: reading(place, to) }));
  }

  answers(name: string): Answers {
    return this.#answers(this.#file(name, 'answers-json'));
  }

  /** What commands printed, in the order in which they were run. */
  outputs(name: string): readonly Output[] {
    return this.#outputs(this.#file(name, 'outputs-json'));
  }

  latency(name: string): Latency {
    return this.#latency(this.#file(name, 'latency-json'));
  }

  programming(name: string): Programming {
    return this.#programming(this.#file(name, 'programming-json'));
  }

  objects(name: string): readonly KubeObject[] {
    return this.#objects(this.#file(name, 'objects-json'));
  }

  /** The text taken in this place; in the only place, where none is given. */
  text(name: string, place?: Place): string {
    return this.#text(this.#file(name, 'text', place));
  }

  /** The files that a verdict on this observation rests on; empty where there is no such observation. */
  files(name: string): readonly string[] {
    return this.#observations.get(name)?.parts.map((part) => part.file) ?? [];
  }

  /** As the probe said; unsound also where there is no such observation, and where a capture was cut short. */
  soundness(name: string): Soundness {
    const observation = this.#observations.get(name);
    if (observation === undefined) return { sound: false, why: noObservation(name) };
    if (!observation.soundness.sound) return observation.soundness;
    try {
      const cut = observation.parts.find((part) => part.format === 'pcap' && this.#capture(part.file).truncated);
      return cut === undefined ? observation.soundness : { sound: false, why: cutShort(cut.file) };
    } catch (error) {
      if (error instanceof UnsoundEvidence) return { sound: false, why: error.why };
      throw error;
    }
  }

  #parts(name: string): readonly ObservationPart[] {
    const observation = this.#observations.get(name);
    if (observation === undefined) throw new UnsoundEvidence(noObservation(name));
    return observation.parts;
  }

  #places(name: string, format: string): readonly Place[] {
    const places = new Set(
      this.#parts(name)
        .filter((part) => part.format === format)
        .map((part) => part.place),
    );
    if (places.size === 0) throw missing(name, format);
    return [...places];
  }

  #file(name: string, format: string, place?: Place, role?: string): string {
    const found = this.#parts(name).filter(
      (part) => part.format === format && (place === undefined || part.place === place) && (role === undefined || part.role === role),
    );
    const [part] = found;
    if (part === undefined) throw missing(name, [role, format, place].filter((word) => word !== undefined).join(' '));
    if (found.length > 1)
      throw new Error(`the observation '${name}' has ${found.length} parts of the format ${format} where one is expected`);
    return part.file;
  }

  /** A file's content by its name, read once. */
  #reading<T>(decode: (bytes: Uint8Array) => T): (file: string) => T {
    const known = new Map<string, { readonly value: T }>();
    return (file) => {
      const entry = known.get(file) ?? { value: this.#decode(file, decode) };
      known.set(file, entry);
      return entry.value;
    };
  }

  #decode<T>(file: string, decode: (bytes: Uint8Array) => T): T {
    try {
      return decode(this.#reader.read(file));
    } catch (cause) {
      if (!(cause instanceof UnreadableError)) throw cause;
      throw new UnsoundEvidence(
        { en: `${file} cannot be read: ${cause.message}`, ko: `${file} 파일을 읽을 수 없습니다: ${cause.message}` },
        { cause },
      );
    }
  }
}

interface DecodedCapture {
  readonly linkType: number;
  readonly packets: readonly Packet[];
  readonly truncated: boolean;
}

function decodeCapture(bytes: Uint8Array): DecodedCapture {
  const pcap = readPcap(bytes);
  return { linkType: pcap.linkType, truncated: pcap.truncated, packets: decodePackets(pcap) };
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function noObservation(name: string): Text {
  return { en: `nothing was observed as '${name}'`, ko: `'${name}' 관측이 없습니다` };
}

function missing(name: string, what: string): UnsoundEvidence {
  return new UnsoundEvidence({ en: `the observation '${name}' lacks: ${what}`, ko: `'${name}' 관측에 빠진 것이 있습니다: ${what}` });
}

function cutShort(file: string): Text {
  return { en: `the capture ${file} was cut short`, ko: `${file} 캡처가 중간에 잘렸습니다` };
}
