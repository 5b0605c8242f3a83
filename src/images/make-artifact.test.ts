import t from 'tap';
import { libraries } from './make-artifact.js';

t.test('the libraries that ldd names, the loader included, each once', async (t) => {
  const text = [
    '\tlinux-vdso.so.1 (0x00007ffd2e5f2000)',
    '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f1c4b000000)',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1c4ae00000)',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1c4ae00000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f1c4b1f0000)',
    '\tlibnone.so => not found',
  ].join('\n');
  t.same(libraries(text), ['/lib/x86_64-linux-gnu/libm.so.6', '/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
  t.same(
    libraries('/usr/bin/ip:\n\tlibelf.so.1 => /lib/libelf.so.1 (0x00007f)\n'),
    ['/lib/libelf.so.1'],
    'a line that names the file itself',
  );
  t.same(libraries('\tnot a dynamic executable\n'), []);
});
