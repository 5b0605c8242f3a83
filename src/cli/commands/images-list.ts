import { type ImageState, imageStates } from '../../images/engine.js';
import { type ProgramState, programStates } from '../../images/programs.js';
import type { Workshop } from '../../images/workshop.js';

/** The images and programs with their states, as a table or as JSON. */
export async function listImages(shop: Workshop, json: boolean): Promise<string> {
  const [images, programs] = await Promise.all([imageStates(shop), programStates(shop)]);
  return json ? `${JSON.stringify(asData(shop, images, programs), undefined, 2)}\n` : asTable(shop, images, programs);
}

function asData(shop: Workshop, images: readonly ImageState[], programs: readonly ProgramState[]): unknown {
  return {
    images: images.map(({ recipe, digest, image, state }) => ({
      name: recipe.name,
      state,
      current: state === 'current',
      tags: recipe.tags,
      standsFor: recipe.standsFor ?? recipe.tags,
      recipe: digest,
      id: image?.id ?? null,
      bytes: image?.bytes ?? null,
      software: image?.software ?? null,
    })),
    programFolder: shop.tools,
    programs: programs.map(({ program, file, digest, bytes, sha256, state }) => ({
      name: program.name,
      state,
      file,
      standsFor: program.standsFor,
      recipe: digest,
      sha256: sha256 ?? null,
      bytes: bytes ?? null,
    })),
  };
}

function asTable(shop: Workshop, images: readonly ImageState[], programs: readonly ProgramState[]): string {
  const rows = [
    ['STATE', 'NAME', 'SIZE', 'ID', 'RECIPE', 'SOFTWARE', 'STANDS FOR'],
    ...images.map(({ recipe, digest, image, state }) => [
      state,
      recipe.name,
      size(image?.bytes),
      image?.id.replace('sha256:', '').slice(0, 12) ?? '-',
      digest.slice(0, 12),
      String(image?.software ?? '-'),
      names(recipe.standsFor ?? recipe.tags),
    ]),
    ...programs.map(({ program, digest, bytes, sha256, state }) => [
      state,
      program.name,
      size(bytes),
      sha256?.slice(0, 12) ?? '-',
      digest.slice(0, 12),
      '-',
      program.standsFor,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n\nprograms: ${shop.tools}\n`;
}

function names([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

function size(bytes: number | undefined): string {
  return bytes === undefined ? '-' : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
