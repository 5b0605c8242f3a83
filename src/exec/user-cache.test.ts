import { homedir } from 'node:os';
import t from 'tap';
import { toolFolder, userCache } from './user-cache.js';

t.test("the user's cache folder, and the programs in it", async (t) => {
  t.equal(userCache({ XDG_CACHE_HOME: '/x', HOME: '/home/me' }), '/x/svclab');
  t.equal(userCache({ XDG_CACHE_HOME: '', HOME: '/home/me' }), '/home/me/.cache/svclab', 'an empty variable is none');
  t.equal(userCache({}), `${homedir()}/.cache/svclab`);
  t.equal(toolFolder({ HOME: '/home/me' }), '/home/me/.cache/svclab/bin');
});
