import { Document, isCollection, visit } from 'yaml';
import { oneLine, visible } from '../visible.js';

export interface TapPoint {
  readonly number: number;
  readonly ok: boolean;
  readonly description: string;
  /** The reason of a skip directive. */
  readonly skip?: string;
  readonly durationMs?: number;
  readonly diagnostics?: Readonly<Record<string, unknown>>;
}

/** A test point with its directive and its YAML diagnostics (TAP 14: testanything.org/tap-version-14-specification.html). */
export function point({ number, ok, description, skip, durationMs, diagnostics }: TapPoint): string {
  let directive = '';
  if (skip !== undefined) directive = ` # SKIP ${escaped(skip)}`;
  else if (durationMs !== undefined) directive = ` # time=${Number(durationMs.toFixed(3))}ms`;
  return `${ok ? 'ok' : 'not ok'} ${number} - ${escaped(description)}${directive}\n${diagnostics === undefined ? '' : yamlBlock(diagnostics)}`;
}

export function comment(text: string): string {
  return `# ${oneLine(text)}\n`;
}

export function bailOut(reason: string): string {
  return `Bail out! ${escaped(reason)}\n`;
}

/** `#` would begin a directive and `\` an escape; some parsers take a brace at the end for the begin of a subtest. */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\#]/g, '\\$&').replace(/\{$/, '{ ');
}

/** Rows of lists stay on one line each, so that a path of ten hops is ten lines. */
function yamlBlock(diagnostics: Readonly<Record<string, unknown>>): string {
  const document = new Document(diagnostics, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string') scalar.value = visible(scalar.value);
    },
    Seq: (_, seq) => {
      for (const item of seq.items) {
        if (isCollection(item)) item.flow = true;
      }
    },
  });
  const yaml = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  return `---\n${yaml}...\n`.replace(/^(?=.)/gm, '  ');
}
