import t from 'tap';
import type { Text } from '../../core/text.js';
import { creationSteps } from './creation-steps.js';

/** Standard error of `kind create cluster` (v0.24.0), without a terminal. */
const stderr = `Creating cluster "myk8s" ...
 • Ensuring node image (kindest/node:v1.31.0) 🖼  ...
 ✓ Ensuring node image (kindest/node:v1.31.0) 🖼
 • Preparing nodes 📦 📦 📦 📦   ...
 ✓ Preparing nodes 📦 📦 📦 📦 
 • Writing configuration 📜  ...
 ✓ Writing configuration 📜
 • Starting control-plane 🕹️  ...
 ✓ Starting control-plane 🕹️
 • Installing CNI 🔌  ...
 ✓ Installing CNI 🔌
 • Installing StorageClass 💾  ...
 ✓ Installing StorageClass 💾
 • Joining worker nodes 🚜  ...
 ✓ Joining worker nodes 🚜
 • Waiting ≤ 2m0s for control-plane = Ready ⏳  ...
 ✓ Waiting ≤ 2m0s for control-plane = Ready ⏳
 • Ready after 12s 💚
Set kubectl context to "kind-myk8s"
`;
const steps = [
  'Ensuring node image (kindest/node:v1.31.0)',
  'Preparing nodes',
  'Writing configuration',
  'Starting control-plane',
  'Installing CNI',
  'Installing StorageClass',
  'Joining worker nodes',
  'Waiting ≤ 2m0s for control-plane = Ready',
];

function heard(pieces: readonly string[]): readonly Text[] {
  const told: Text[] = [];
  const hear = creationSteps((step) => told.push(step));
  for (const piece of pieces) hear(piece);
  return told;
}

t.test('each step is told when it begins, however the text is cut', async (t) => {
  for (const size of [1, 7, 64, stderr.length]) {
    const characters = [...stderr];
    const pieces = Array.from({ length: Math.ceil(characters.length / size) }, (_, i) =>
      characters.slice(i * size, (i + 1) * size).join(''),
    );
    const told = heard(pieces);
    t.same(
      told.slice(0, steps.length).map(({ en }) => en),
      steps,
      `in pieces of ${size}`,
    );
    t.ok(
      told.slice(0, steps.length).every(({ en, ko }) => ko !== en && /[가-힣]/.test(ko)),
      'in both languages',
    );
  }
});

t.test('a step of a kind to come is told in its own words', async (t) => {
  t.same(heard([' • Polishing nodes 💎  ...\n']), [{ en: 'Polishing nodes', ko: 'Polishing nodes' }]);
});

t.test('what is no step is not told, nor is a line that has not ended', async (t) => {
  t.same(heard(['ERROR: failed to create cluster\n', ' ✗ Preparing nodes 📦\n', '\n', ' • Preparing']), []);
});
