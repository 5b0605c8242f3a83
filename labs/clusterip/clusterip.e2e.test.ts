import t from 'tap';
import { provesItself } from '../testing/proof.js';

t.test('every claim is green, and every break turns its claim red for its reason', (t) => provesItself(t, 'clusterip'));
