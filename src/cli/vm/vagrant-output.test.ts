import t from 'tap';
import { withoutProgress } from './vagrant-output.js';

t.test('lines come whole, and a progress bar not at all', async (t) => {
  let shown = '';
  const hear = withoutProgress((text) => {
    shown += text;
  });
  hear('==> svclab: Uploading base box\n');
  for (let percent = 0; percent <= 100; percent += 1) hear(`\r\x1b[KProgress: ${percent}%`);
  hear('\r\x1b[K==> svclab: Creating image\n\n    svclab: Progress: 5% (Rate: 1M/s)\n==> svc');
  t.equal(shown, '  ==> svclab: Uploading base box\n  ==> svclab: Creating image\n');
  hear('lab: Booting\r\n');
  t.match(shown, /\n {2}==> svclab: Booting\n$/);
  shown = '';
  hear(`Command: "rsync" ${'"--exclude" "/x/" '.repeat(500)}\n`);
  t.match(shown, /^ {2}Command: "rsync" .{1,400} \.\.\.\n$/, 'and what nobody reads is cut short');
});
