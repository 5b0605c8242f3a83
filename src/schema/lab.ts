import type { ManifestSource, ObjectRef, ProxyMode } from '../core/cluster.js';
import type { SourceRef } from '../core/events.js';
import type { Text } from '../core/text.js';
import type { Template } from './template.js';

/** A lab file, read and checked: every name in it leads somewhere, every template is parsed. */
export interface Lab {
  /** Path of the lab file, as given. */
  readonly file: string;
  /** The lab file's own text. */
  readonly text: string;
  readonly id: string;
  readonly title: Text;
  readonly summary: Text;
  readonly minutes: number;
  /** The kind config that `cluster` names. */
  readonly cluster: ManifestSource;
  readonly manifests: readonly ManifestSource[];
  /** Provider kinds that the lab runs on. */
  readonly clusters: readonly string[];
  /** The host ports of the cluster file are bound on this machine. */
  readonly publish: boolean;
  /** New connections of an action with `times: $requests`, unless the command line says otherwise. */
  readonly requests: number;
  /** What each role stands for: `pod/net-pod`, `svc/svc-clusterip`, `endpoints/svc-clusterip`. */
  readonly roles: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  readonly text: Text;
  /** What is put in place before anything is observed. */
  readonly given: readonly Change[];
  /** The proxy modes in which it is taken, one after the other; none where it is taken once, in whichever the cluster is. */
  readonly modes: readonly ProxyMode[];
  /** Where what is given cannot be, the step is skipped and the run does without it. */
  readonly optional: boolean;
  readonly observe: readonly Observe[];
  readonly actions: readonly Action[];
  readonly claims: readonly Claim[];
  readonly source: SourceRef;
}

export interface Observe {
  readonly name: string;
  /** A kind of the probe registry. */
  readonly probe: string;
  /** Role expressions: `client.node`, `nodes`. */
  readonly on: readonly string[];
  readonly clusters: Clusters;
  /** The probe's options as written; `expandOptions` fills their templates in, then the probe's schema parses them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The templates among the options, by name. */
  readonly templates: Readonly<Record<string, Template | readonly Template[]>>;
  readonly source: SourceRef;
}

/** The kinds of cluster that a part of a lab is for; all that the lab runs on where undefined. */
export type Clusters = readonly string[] | undefined;

/** A change of what the cluster is asked to be, as `kubectl` would make it. */
export type Change = { readonly why: Text; readonly clusters: Clusters; readonly source: SourceRef } & (
  | ObjectChange
  | { readonly kind: 'apply'; readonly manifest: ManifestSource }
  | { readonly kind: 'proxy-mode'; readonly mode: ProxyMode }
  | Growth
);

/** A cluster that grows: some nodes' kube-proxy starts when there are so many Services, and stops then, so that the nodes keep rules of different sizes. */
export interface Growth {
  readonly kind: 'grow';
  /** The name of the observation that keeps how long it took. */
  readonly as: string;
  /** A file with the one Service that all are copies of. */
  readonly manifest: ManifestSource;
  readonly stages: readonly {
    readonly services: number;
    /** By mode, a role that stands for a node. */
    readonly nodes: Readonly<Partial<Record<ProxyMode, string>>>;
  }[];
}

export type ObjectChange =
  | { readonly kind: 'patch'; readonly object: ObjectRef; readonly with: Readonly<Record<string, unknown>> }
  | { readonly kind: 'delete'; readonly object: ObjectRef };

export type Action = Command | ({ readonly kind: 'change' } & { readonly change: Change }) | ExtraReading;

/** One more reading of a probe, in between. */
export interface ExtraReading {
  readonly kind: 'read';
  /** The name of the observation. */
  readonly observation: string;
  /** The name of the reading, beside `before` and `after`. */
  readonly as: string;
  readonly why: Text;
  readonly clusters: Clusters;
  readonly source: SourceRef;
}

/** What a command is to print, or not to print, for it to be enough. */
export interface Until {
  readonly text: Template | RegExp;
  readonly wanted: boolean;
  /** As written, for messages. */
  readonly said: string;
  readonly withinMs: number;
}

/** What a student types. */
export interface Command {
  readonly kind: 'command';
  /** A role expression; it names one place where the command is a curl with `as`, or has no `as`. */
  readonly on: string;
  /** As written, with references and quotes. */
  readonly typed: string;
  readonly argv: readonly Template[];
  readonly why: Text;
  readonly times: number | 'requests';
  /** The endpoints role whose endpoints the action goes through, or `nodes`; `$each` is the current one. */
  readonly each?: string;
  /** The name of the observation that keeps the answers of a curl, or what another command prints. */
  readonly as?: string;
  /** The command is repeated until this is so. */
  readonly until?: Until;
  /** What is changed while the requests of a curl go on. */
  readonly meanwhile: readonly Change[];
  readonly clusters: Clusters;
  readonly source: SourceRef;
}

export interface Claim {
  readonly id: string;
  readonly says: Text;
  /** A kind of the check registry. */
  readonly check: string;
  /** Parsed by the check's own schema. */
  readonly options: unknown;
  readonly breaks: readonly Break[];
  readonly clusters: Clusters;
  readonly source: SourceRef;
}

export interface Break {
  readonly id: string;
  readonly says: Text;
  /** One of the check's reasons. */
  readonly becauseOf: string;
  /** The one proxy mode in which it is broken; undefined for every mode of the step. */
  readonly mode: ProxyMode | undefined;
  /** At least one, in the order of the file; they are undone in the reverse order. */
  readonly ways: readonly BreakWay[];
  readonly source: SourceRef;
}

export type BreakWay =
  | ObjectChange
  | {
      readonly kind: 'rule';
      /** The endpoints role: one rule for each of its endpoints, `$each` being the one. */
      readonly each?: string;
      /** A role expression that names one place. */
      readonly on: string;
      readonly table: 'nat' | 'filter' | 'mangle' | 'raw';
      readonly chain: Template;
      readonly spec: readonly Template[];
    }
  | {
      readonly kind: 'command';
      /** A role expression that names one place. */
      readonly on: string;
      readonly run: readonly Template[];
      readonly undo: readonly Template[];
      /** Exits 0 while the break is in place. */
      readonly holds: readonly Template[];
    };
