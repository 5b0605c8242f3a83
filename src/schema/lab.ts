import type { ManifestSource, ObjectRef } from '../core/cluster.js';
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
  /** New connections of an action with `times: $requests`, unless the command line says otherwise. */
  readonly requests: number;
  /** What each role stands for: `pod/net-pod`, `svc/svc-clusterip`, `endpoints/svc-clusterip`. */
  readonly roles: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  readonly text: Text;
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
  /** The probe's options as written; `expandOptions` fills their templates in, then the probe's schema parses them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The templates among the options, by name. */
  readonly templates: Readonly<Record<string, Template>>;
  readonly source: SourceRef;
}

export interface Action {
  /** A role expression that names one place. */
  readonly on: string;
  /** As written, with references and quotes. */
  readonly typed: string;
  readonly argv: readonly Template[];
  readonly why: Text;
  readonly times: number | 'requests';
  /** The endpoints role whose endpoints the action goes through, `$each` being the current one. */
  readonly each?: string;
  /** The name of the observation that keeps the answers; the command is a curl then. */
  readonly as?: string;
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
  readonly source: SourceRef;
}

export interface Break {
  readonly id: string;
  readonly says: Text;
  /** One of the check's reasons. */
  readonly becauseOf: string;
  /** At least one, in the order of the file; they are undone in the reverse order. */
  readonly ways: readonly BreakWay[];
  readonly source: SourceRef;
}

export type BreakWay =
  | {
      readonly kind: 'rule';
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
    }
  | { readonly kind: 'patch'; readonly object: ObjectRef; readonly with: Readonly<Record<string, unknown>> }
  | { readonly kind: 'delete'; readonly object: ObjectRef };
