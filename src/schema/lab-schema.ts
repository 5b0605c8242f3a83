import { z } from 'zod';
import type { ProxyMode } from '../core/cluster.js';
import { fieldNotes } from '../objects/source/schema-walk.js';

/*
 * The shapes of a lab file, one for each level, so that each is judged by itself: a fault in one field hides nothing in another.
 * The parts below a level are handed in: unknown for reading, the whole for the JSON Schema of editors.
 */
const plainName = /^[a-z][a-z0-9-]*$/;
const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const id = text('an id: lower-case words joined by -, such as source-kept', kebab).check((context) => {
  if (!kebab.test(context.value))
    context.issues.push(fault(context.value, 'is not an id', 'lower-case words joined by -, such as source-kept'));
});

/** Names of roles and observations. */
export const name = text('a name: lower-case letters, digits and -', plainName).check((context) => {
  if (!plainName.test(context.value)) context.issues.push(fault(context.value, 'is not a name', 'lower-case letters, digits and -'));
});

const bothLanguages = 'every text of a lab is written in English (en) and in Korean (ko)';

export const textSchema = z
  .strictObject({
    en: sentence('the text in English'),
    ko: sentence('the text in Korean'),
  })
  .describe('a text in both languages: { en: …, ko: … }')
  .register(fieldNotes, { hint: bothLanguages });

const proxyModes: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'userspace'];

const relativePath = text('a path, relative to this file').check((context) => {
  const { value } = context;
  if (value === '') context.issues.push(fault(value, 'must not be empty', 'a path, relative to this file'));
  else if (value.startsWith('/')) context.issues.push(fault(value, 'must be relative to this file', 'a path without a / at its beginning'));
});

const place = text('a role expression: client, client.node, backends, backends.nodes, backends.0, backends.0.node, nodes or other-nodes');
const argv = z.array(z.string()).min(1).describe('a command and its arguments, one item each; $role.path is filled in inside an item');

const clusters = z
  .array(z.string())
  .min(1)
  .exactOptional()
  .describe('the kinds of cluster that it is for; every kind that the lab runs on unless said');

const metadataSchema = z.strictObject({
  id,
  title: textSchema.describe('what the lab is called, in both languages'),
  summary: textSchema.describe('what the lab shows, in a few sentences, in both languages'),
  minutes: z.int().min(1).describe('how many minutes a student needs'),
});

const requiresSchema = z.strictObject({
  clusters: z.array(z.string()).min(1).describe('the kinds of cluster that the lab runs on'),
});

const defaultsSchema = z.strictObject({
  requests: z.int().min(1).exactOptional().describe('how many new connections $requests stands for'),
});

export function labShape<S extends z.core.$ZodType, R extends z.core.$ZodType>(step: S, role: R) {
  return z.strictObject({
    apiVersion: z.literal('svclab/v1'),
    kind: z.literal('Lab'),
    metadata: metadataSchema,
    cluster: relativePath.describe('the kind config of the cluster, relative to this file'),
    manifests: z.array(relativePath).min(1).describe('files of Kubernetes manifests, relative to this file, applied in this order'),
    requires: requiresSchema,
    publish: z.boolean().exactOptional().describe('whether the host ports of the cluster file are bound on this machine, at 127.0.0.1'),
    defaults: defaultsSchema.exactOptional(),
    roles: z.record(z.string(), role).describe('names for the pods and Services that the lab is about'),
    steps: z.array(step).min(1).describe('what is done and claimed, in order'),
  });
}

export const roleRefSchema = text(
  'pod/NAME, svc/NAME or endpoints/NAME, with the namespace in the middle where it is not default; node/NAME or client/NAME',
  /^((pod|svc|endpoints)\/([^/]+\/)?|node\/|client\/)[^/]+$/,
);

export function stepShape<G extends z.core.$ZodType, O extends z.core.$ZodType, A extends z.core.$ZodType, C extends z.core.$ZodType>(
  given: G,
  observe: O,
  action: A,
  claim: C,
) {
  return z.strictObject({
    id,
    text: textSchema,
    given: z.array(given).exactOptional().describe('changes that are put in place before the probes listen, in order'),
    modes: z
      .array(z.enum(proxyModes))
      .min(2)
      .exactOptional()
      .describe('the step is taken once in each of these proxy modes, and its claims are judged in each'),
    optional: z.boolean().exactOptional().describe('whether the step may be left out where what is given cannot be'),
    observe: z
      .record(z.string(), observe)
      .exactOptional()
      .describe('probes by name: they listen before the actions begin, and stop after the last'),
    do: z.array(action).exactOptional().describe('what a student types, and what is changed, in order'),
    claims: z.array(claim).min(1).describe('what must be true, judged by the evidence'),
  });
}

/** What every entry of `observe` has; the rest are the probe's own options. */
export const observeSchema = z.looseObject({
  probe: text('a kind of probe'),
  on: z.union([place, z.array(place).min(1)]).describe('where to observe: a role expression, or several'),
  clusters,
});

export const actionSchema = z.strictObject({
  on: place.describe(
    'where the command is typed: a role expression; it names one place, unless what another command than curl prints is kept',
  ),
  type: text('the command, as a student types it; $role.path is filled in, and no shell runs'),
  why: textSchema.describe('why it is typed, in both languages'),
  times: z
    .union([z.int().min(1), z.literal('$requests')])
    .exactOptional()
    .describe("how often: a whole number from 1 on, or '$requests'"),
  each: z
    .string()
    .exactOptional()
    .describe('a role that names endpoints, or nodes: the command is typed once for each, $each being the one'),
  as: name.exactOptional().describe('the name of the observation that keeps the answers of a curl command, or what another command prints'),
  until: z
    .strictObject({
      has: text('a text that it prints').exactOptional(),
      lacks: text('a text that it does not print').exactOptional(),
      matches: text('a regular expression of JavaScript (flag m) that matches somewhere in what it prints').exactOptional(),
      mismatches: text('a regular expression of JavaScript (flag m) that matches nowhere in what it prints').exactOptional(),
      within: z.int().min(1).max(60).exactOptional().describe('for how many seconds at the most; 10 unless said'),
    })
    .exactOptional()
    .describe('the command only looks: it is typed again and again until it succeeds and prints, or does not print, this'),
  meanwhile: z.array(z.unknown()).min(1).exactOptional().describe('changes that are made while the requests of a curl go on, in order'),
  clusters,
});

export const readSchema = z.strictObject({
  read: name.describe('an observation of this step whose probe takes readings: one more is taken now'),
  as: name.describe('the name of the reading, beside before and after'),
  why: textSchema.describe('why it is taken, in both languages'),
  clusters,
});

export function claimShape<E extends z.core.$ZodType, B extends z.core.$ZodType>(expectation: E, broken: B) {
  return z.strictObject({
    id,
    says: textSchema.describe('the claim as a sentence, in both languages'),
    check: text('a kind of check'),
    expect: expectation,
    breaks: z.array(broken).min(1).describe('changes that must turn the claim red, each for its reason'),
    clusters,
  });
}

const ruleSchema = z.strictObject({
  each: z.string().exactOptional().describe('a role that names endpoints: the rule is put in once for each, $each being the one'),
  on: place.describe('where the rule is put in: a role expression that names one place'),
  table: z.enum(['nat', 'filter', 'mangle', 'raw']).describe('the iptables table'),
  chain: z.string().min(1).describe('the chain; the rule becomes its first'),
  spec: argv.describe('the rule, as iptables takes it behind the chain'),
});

const objectChanges = {
  patch: z
    .strictObject({
      object: text('node/NAME, pod/NAME, svc/NAME or deploy/NAME, with the namespace in the middle where it is not default'),
      with: z.record(z.string(), z.unknown()).describe('a JSON merge patch'),
    })
    .exactOptional()
    .describe('a change of an object'),
  delete: text('pod/NAME, with the namespace in the middle where it is not default').exactOptional().describe('a pod that is deleted'),
};

const growthSchema = z.strictObject({
  service: relativePath.describe('a file with one Service: the copies are called as it is, with a number from 00001 on'),
  stages: z
    .array(
      z.strictObject({
        services: z.int().min(1).max(60_000).describe('how many copies there are then, more than in the stage before'),
        nodes: z
          .partialRecord(z.enum(proxyModes), place)
          .describe(
            'the node whose kube-proxy starts then in this mode, and stops when its rules are in place: a role that stands for a node',
          ),
      }),
    )
    .min(1),
  as: name.describe('the name of the observation that keeps how long it took'),
});

export const changeSchema = z.strictObject({
  ...objectChanges,
  apply: relativePath.exactOptional().describe('a file of Kubernetes manifests, relative to this file'),
  proxyMode: z.enum(proxyModes).exactOptional().describe('how kube-proxy has the kernel carry Services'),
  grow: growthSchema
    .exactOptional()
    .describe('the cluster grows in stages, and a node for each stage and mode keeps the rules of that size'),
  why: textSchema.describe('why it is changed, in both languages'),
  clusters,
});

export const breakSchema = z.strictObject({
  id,
  says: textSchema.describe('what is broken, in both languages'),
  becauseOf: text('the reason that the check must fail for'),
  rule: ruleSchema.exactOptional().describe('an iptables rule that is put in, and taken out again'),
  on: place.exactOptional().describe('where run, undo and holds are executed: a role expression that names one place'),
  run: argv.exactOptional().describe('a command that breaks something'),
  undo: argv.exactOptional().describe('the command that undoes it'),
  holds: argv.exactOptional().describe('a command that succeeds as long as it is broken'),
  ...objectChanges,
  in: z
    .enum(proxyModes)
    .exactOptional()
    .describe('the one proxy mode in which it is broken, in a step with modes; in each of them unless said'),
});

export type BreakInput = z.infer<typeof breakSchema>;

/** The pattern is for editors; the loader says in words what is wrong. */
function text(description: string, pattern?: RegExp): z.ZodString {
  return z.string().meta({ description, ...(pattern === undefined ? {} : { pattern: pattern.source }) });
}

function sentence(description: string): z.ZodString {
  return text(description)
    .check((context) => {
      if (context.value.trim() === '') context.issues.push(fault(context.value, 'must not be empty', description));
    })
    .register(fieldNotes, { hint: bothLanguages });
}

function fault(input: string, message: string, expected: string) {
  return { code: 'custom' as const, message, params: { expected }, input };
}
