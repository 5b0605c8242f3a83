import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Problem } from '../../core/errors.js';
import type { Fault, SourceText } from './source-text.js';

/**
 * `kubernetes`: what kubectl reads. A key without a value is a key left out, and words or numbers that YAML 1.1 reads otherwise than
 * YAML 1.2 (kubectl's parser, sigs.k8s.io/yaml, is a YAML 1.1 one) are refused, since both readings look right to somebody.
 */
export type Dialect = 'svclab' | 'kubernetes';

interface Plain {
  readonly value: unknown;
  /** False where the value has a hole, so that judging it would give problems that are none. */
  readonly usable: boolean;
  readonly problems: readonly Problem[];
}

/** Turns nodes into plain data. Mappings become objects whose keys are texts; `__proto__`, aliases and composed keys are refused. */
export function plainValue(source: SourceText, contents: ParsedNode, dialect: Dialect): Plain {
  const problems: Problem[] = [];
  let usable = true;
  let aliases = 0;

  function report(node: { range?: [number, number, number] | null | undefined }, fault: Fault): void {
    const [start, end] = node.range ?? [0, 1];
    problems.push(source.problem(start, end, fault));
  }

  function fromScalar(node: Scalar): unknown {
    const written = node.source ?? '';
    if (dialect === 'kubernetes' && node.type === 'PLAIN') {
      if (
        typeof node.value === 'string' &&
        /^(y|yes|n|no|on|off)$/i.test(written) &&
        !/^(yEs|yeS|YEs|nO|oN|oFf|ofF|OFf|oFF)$/.test(written)
      ) {
        report(node, { message: `kubectl reads ${written} as a truth value, not as text`, hint: `quote it: "${written}"` });
      } else if (typeof node.value === 'number' && /^[-+]?0[0-9_]+$/.test(written)) {
        report(node, {
          message: `kubectl reads ${written} as an octal number`,
          hint: `write it without the leading 0, or quote it: "${written}"`,
        });
      }
    }
    return node.value;
  }

  function fromMap(node: YAMLMap): unknown {
    const fields: Record<string, unknown> = {};
    const places = new Map<string, Scalar>();
    for (const { key, value } of node.items) {
      if (!isScalar(key) || key.value === null) {
        report(isScalar(key) || isMap(key) || isSeq(key) || isAlias(key) ? key : node, { message: 'a key must be a single word or text' });
        usable = false;
        continue;
      }
      const name = keyText(key);
      fromScalar(key);
      const first = places.get(name);
      if (first !== undefined) {
        const { line } = source.problem(first.range?.[0] ?? 0, 0, { message: '' });
        report(key, { message: `'${name}' is given twice`, hint: `the first one is on line ${line}` });
      } else if (name === '__proto__') {
        report(key, { message: "'__proto__' cannot be a key here" });
      } else {
        places.set(name, key);
        const plain = fromNode(value);
        if (dialect === 'svclab' || plain !== null) fields[name] = plain;
      }
    }
    return fields;
  }

  function fromNode(node: unknown): unknown {
    if (isScalar(node)) return fromScalar(node);
    if (isMap(node)) return fromMap(node);
    if (isSeq(node)) return fromSeq(node);
    if (isAlias(node)) {
      aliases += 1;
      usable = false;
      // An alias bomb has many; the first says it all.
      if (aliases === 1) {
        report(node, { message: `the alias *${node.source} is not read here`, hint: 'write the value out wherever it is needed' });
      }
    }
    return null;
  }

  function fromSeq(node: YAMLSeq): unknown {
    return node.items.map(fromNode);
  }

  return { value: fromNode(contents), usable, problems };
}

/** A key as text: `8080:` and `"8080":` are the same key. */
export function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}
