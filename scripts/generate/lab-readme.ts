import type { Language } from '../../src/core/text.js';
import { commandOf } from '../../src/runner/changes.js';
import type { Action, Change, Claim, Lab, Step, Until } from '../../src/schema/lab.js';

interface Words {
  readonly made: string;
  readonly other: string;
  readonly minutes: (count: number) => string;
  readonly runsOn: string;
  readonly names: string;
  readonly name: string;
  readonly standsFor: string;
  readonly claim: string;
  readonly broken: string;
  readonly red: string;
  readonly onlyOn: (clusters: readonly string[]) => string;
  readonly optional: string;
  readonly modes: string;
  readonly meanwhile: string;
  readonly times: (times: Action & { readonly kind: 'command' }) => string;
  readonly until: (until: Until) => string;
  readonly reading: (name: string, as: string) => string;
  readonly proves: string;
}

const words: Readonly<Record<Language, Words>> = {
  en: {
    made: 'Made from lab.yaml by `npm run generate`.',
    other: '[한국어](README.ko.md)',
    minutes: (count) => `About ${count} minutes.`,
    runsOn: 'Runs on',
    names: 'Names',
    name: 'name',
    standsFor: 'stands for',
    claim: 'What must be true',
    broken: 'How it is broken, to see that it can fail',
    red: 'red because of',
    onlyOn: (clusters) => ` (only on ${clusters.join(', ')})`,
    optional: 'Where this cannot be, the step is skipped, and what it claims stays unproven.',
    modes: 'Taken once in each of these proxy modes, and judged in each',
    meanwhile: 'while these requests go on',
    times: ({ times }) => (times === 'requests' ? '  # as often as --requests says' : times === 1 ? '' : `  # ${times} times`),
    until: ({ said }) => `  # again until ${said}`,
    reading: (name, as) => `# (the rules or tables that ${name} holds are read once more, as ${as})`,
    proves: 'proves that every claim can fail',
  },
  ko: {
    made: 'lab.yaml에서 `npm run generate`로 만든 글입니다.',
    other: '[English](README.md)',
    minutes: (count) => `약 ${count}분.`,
    runsOn: '실행할 수 있는 곳',
    names: '이름',
    name: '이름',
    standsFor: '가리키는 것',
    claim: '참이어야 하는 것',
    broken: '실패할 수 있는지 보려고 망가뜨리는 방법',
    red: '빨강이 되는 까닭',
    onlyOn: (clusters) => ` (${clusters.join(', ')}에서만)`,
    optional: '그럴 수 없는 곳에서는 이 단계를 건너뛰고, 그 주장은 증명되지 않은 채로 남습니다.',
    modes: '다음 프록시 모드마다 한 번씩 하고, 모드마다 판정합니다',
    meanwhile: '이 요청이 이어지는 동안',
    times: ({ times }) => (times === 'requests' ? '  # --requests만큼' : times === 1 ? '' : `  # ${times}번`),
    until: ({ said }) => `  # 다음이 될 때까지 되풀이: ${said}`,
    reading: (name, as) => `# (${name}의 규칙이나 표를 ${as}라는 이름으로 한 번 더 읽는다)`,
    proves: '모든 주장이 실패할 수 있음을 보인다',
  },
};

/** A lab as a page to read: what is done, what must be true, and how each claim is broken. */
export function labReadme(lab: Lab, language: Language): string {
  const w = words[language];
  const clusters = lab.clusters.map((kind) => `\`${kind}\``).join(', ');
  const runs = [
    `npm run lab:${lab.id}`,
    ...(lab.clusters.includes('kind') ? [`npm run lab:${lab.id} -- --cluster kind`] : []),
    `npm run lab:${lab.id} -- --sabotage all  # ${w.proves}`,
  ];
  return `${[
    `<!-- ${w.made} -->`,
    `# ${lab.title[language]}`,
    w.other,
    lab.summary[language],
    `${w.minutes(lab.minutes)} ${w.runsOn}: ${clusters}`,
    block('sh', runs),
    `## ${w.names}`,
    [
      `| ${w.name} | ${w.standsFor} |`,
      '| --- | --- |',
      ...Object.entries(lab.roles).map(([role, of]) => `| \`${role}\` | \`${of}\` |`),
    ].join('\n'),
    ...lab.steps.flatMap((step, i) => stepParts(step, i + 1, language)),
  ].join('\n\n')}\n`;
}

function stepParts(step: Step, number: number, language: Language): readonly string[] {
  const w = words[language];
  const typed = [
    ...step.given.flatMap((change) => changeLines(change, language)),
    ...step.actions.flatMap((action) => actionLines(action, language)),
  ];
  return [
    `## ${number}. ${step.id}`,
    step.text[language],
    ...(step.optional ? [w.optional] : []),
    ...(step.modes.length > 0 ? [`${w.modes}: ${step.modes.map((mode) => `\`${mode}\``).join(', ')}`] : []),
    ...(typed.length === 0 ? [] : [block('console', typed)]),
    [`| ${w.claim} | ${w.broken} |`, '| --- | --- |', ...step.claims.map((claim) => claimRow(claim, language))].join('\n'),
  ];
}

function claimRow(claim: Claim, language: Language): string {
  const w = words[language];
  const where = claim.clusters === undefined ? '' : w.onlyOn(claim.clusters);
  const breaks = claim.breaks
    .map(({ id, says, becauseOf }) => `\`${id}\`: ${cell(says[language])} (${w.red} \`${becauseOf}\`)`)
    .join('<br>');
  return `| **${claim.id}** [\`${claim.check}\`]${where}<br>${cell(claim.says[language])} | ${breaks} |`;
}

function actionLines(action: Action, language: Language): readonly string[] {
  if (action.kind === 'change') return changeLines(action.change, language);
  const w = words[language];
  const where = action.clusters === undefined ? '' : w.onlyOn(action.clusters);
  const why = `# ${oneLine(action.why[language])}${where}`;
  if (action.kind === 'read') return [why, w.reading(action.observation, action.as)];
  const until = action.until === undefined ? '' : w.until(action.until);
  return [
    why,
    `${action.on} $ ${action.typed}${action.each === undefined ? '' : `  # $each: ${action.each}`}${w.times(action)}${until}`,
    ...action.meanwhile.flatMap((change) => changeLines(change, language, `${w.meanwhile}: `)),
  ];
}

function changeLines(change: Change, language: Language, lead = ''): readonly string[] {
  const where = change.clusters === undefined ? '' : words[language].onlyOn(change.clusters);
  // Wherever the checkout lies.
  const near =
    'manifest' in change
      ? { ...change, manifest: { ...change.manifest, file: change.manifest.file.split('/').slice(-2).join('/') } }
      : change;
  return [`# ${lead}${oneLine(change.why[language])}${where}`, `$ ${commandOf(near)}`];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|');
}

function block(language: string, lines: readonly string[]): string {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n');
}
