import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type CodeBlock, root } from './markdown.js';

/** A complete file in a document begins with a comment that is its name. */
export function namedFiles(blocks: readonly CodeBlock[]): ReadonlyMap<string, string> {
  return new Map(
    blocks
      .filter(({ language }) => language === 'yaml')
      .flatMap(({ text }) => {
        const name = /^# (\S+\.yaml)\n/.exec(text)?.[1];
        return name === undefined ? [] : [[name, text] as const];
      }),
  );
}

/** Some claims in a document are no lab: this gives the lab `clusterip` with a single step that asks the Service, and these claims. */
export function labAround(block: CodeBlock): string {
  const { claims } = z.strictObject({ claims: z.array(z.json()) }).parse(parse(block.text));
  const lab = z.looseObject({}).parse(parse(readFileSync(join(root, 'labs/clusterip/lab.yaml'), 'utf8')));
  const text = { en: 'Ask the Service.', ko: '서비스에 묻는다.' };
  const ask = { on: 'client', type: 'curl -s $service.address:$service.port', times: 6, as: 'answers', why: text };
  return stringify({ ...lab, steps: [{ id: 'ask', text, do: [ask], claims }] }, { aliasDuplicateObjects: false });
}
