import t from 'tap';
import { Registry } from '../core/registry.js';
import { happy } from './fixtures/events.js';
import { report } from './fixtures/memory-output.js';
import { reporters } from './registry.js';

t.test('the reporters, by name', async (t) => {
  const registry = new Registry('reporter', reporters);
  t.same(registry.kinds, ['console', 'tap', 'json', 'junit', 'markdown', 'github']);
  t.throws(() => registry.get('html'), {
    message: "there is no reporter 'html'",
    hint: 'known: console, tap, json, junit, markdown, github',
  });
  const begins = await Promise.all(registry.all.map(async ({ create }) => (await report(create, happy)).stdout.slice(0, 14)));
  t.same(begins, ['\nHow a Cluster', 'TAP version 14', '{\n  "format": ', '<?xml version=', '# svclab: 1 of', '']);
});
