import { dotted } from './source/issues.js';
import type { At, Path } from './source/locate.js';
import { fieldsOf, itemsOf, textOf } from './source/pick.js';
import type { Fault } from './source/source-text.js';
import { nearest, oneOf } from './source/suggest.js';

export type Report = (path: Path, fault: Fault, at?: At) => void;

/** What the embedded cluster can run. */
export interface EmbeddedRules {
  readonly isKnownImage: (image: string) => boolean;
  readonly knownImages: readonly string[];
}

/** Rules of a Pod's spec that concern more than one field; the spec may be wrong in other ways. */
export function podSpecRules(spec: unknown, path: Path, report: Report, embedded: EmbeddedRules | undefined): void {
  const containers = itemsOf(fieldsOf(spec).containers);
  unique(containers, [...path, 'containers'], 'name', (name) => `two containers are named '${name}'`, report);
  for (const [i, container] of containers.entries()) {
    const at = [...path, 'containers', i];
    const { image, ports } = fieldsOf(container);
    unique(itemsOf(ports), [...at, 'ports'], 'name', (name) => `two ports of the container are named '${name}'`, report);
    if (embedded !== undefined && typeof image === 'string' && image.trim() === image && image !== '' && !embedded.isKnownImage(image)) {
      const near = nearest(image, embedded.knownImages);
      report([...at, 'image'], {
        message: `the embedded cluster cannot run the image '${image}'`,
        expected: oneOf(embedded.knownImages),
        hint: `${near === undefined ? '' : `did you mean '${near}'? `}any image runs with --cluster kind`,
      });
    }
  }
}

/** A Deployment's selector has to find the pods of its own template (`pkg/apis/apps/validation/validation.go`). */
export function deploymentRules(object: unknown, report: Report, embedded: EmbeddedRules | undefined): void {
  const spec = fieldsOf(fieldsOf(object).spec);
  const template = fieldsOf(spec.template);
  podSpecRules(template.spec, ['spec', 'template', 'spec'], report, embedded);
  const policy = fieldsOf(template.spec).restartPolicy;
  if (policy === 'Never' || policy === 'OnFailure') {
    report(['spec', 'template', 'spec', 'restartPolicy'], {
      message: `a Deployment's pods cannot have restartPolicy ${policy}`,
      expected: 'Always',
    });
  }
  const selector = fieldsOf(spec.selector);
  const wanted = Object.entries(fieldsOf(selector.matchLabels));
  if (wanted.length === 0 && (embedded !== undefined || selector.matchExpressions === undefined) && spec.selector !== undefined) {
    report(['spec', 'selector'], {
      message: 'the selector selects nothing in particular',
      expected: 'matchLabels with the labels of the template',
    });
  }
  const labels = fieldsOf(fieldsOf(template.metadata).labels);
  for (const [key, value] of wanted) {
    if (spec.template === undefined || labels[key] === value) continue;
    const has = labels[key] === undefined ? 'has no such label' : `says ${key}=${String(labels[key])}`;
    report(['spec', 'selector', 'matchLabels', key], {
      message: `the selector asks for ${key}=${String(value)}, but the template ${has}`,
      hint: 'give the template the labels that the selector asks for',
    });
  }
}

/** Reports every item but the first that has the same text in a field. */
export function unique(items: readonly unknown[], path: Path, field: string, message: (value: string) => string, report: Report): void {
  const first = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    const value = textOf(fieldsOf(item)[field]);
    if (value === undefined) continue;
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, i);
    else report([...path, i, field], { message: message(value), hint: `the first is ${dotted([...path, earlier])}` });
  }
}
