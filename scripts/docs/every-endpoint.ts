import { z } from 'zod';
import { defineCheck } from '../../src/checks/lab-check.js';
import { answersOption, objects, serviceOption } from '../../src/checks/options.js';
import { answered, countByPod } from '../../src/checks/responders.js';

const optionsSchema = z.strictObject({
  service: serviceOption,
  atLeast: z.int().min(1).default(1).describe('How many answers each endpoint gives'),
  answers: answersOption,
});

/** Every ready endpoint of the Service answered. */
export const everyEndpointCheck = defineCheck({
  kind: 'every-endpoint',
  optionsSchema,
  reasons: ['no-endpoints', 'too-few'],
  observations: ({ answers }) => [answers, objects],
  judge({ options, evidence: { view, scene } }) {
    const backends = scene.backends(options.service);
    const counts = countByPod(answered(view.answers(options.answers).answers), backends);
    const list = backends.map(({ name }, i) => `${name} ${counts[i]}`).join(', ');
    const found = {
      expected: { en: `at least ${options.atLeast} from each endpoint`, ko: `엔드포인트마다 ${options.atLeast}개 이상` },
      seen: { en: list || 'no ready endpoint', ko: list || '준비된 엔드포인트 없음' },
    };
    if (backends.length === 0) return { status: 'fail', reason: 'no-endpoints', ...found };
    if (counts.some((count) => count < options.atLeast)) return { status: 'fail', reason: 'too-few', ...found };
    return { status: 'pass', ...found };
  },
});
