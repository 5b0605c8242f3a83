import t from 'tap';
import { parseStatus } from './machine-readable.js';

// As Vagrant 2.3.4 printed it, with a second machine added.
const printed = `1795728816,svclab,metadata,provider,libvirt
1795728816,svclab,provider-name,libvirt
1795728816,svclab,state,not_created
1795728816,svclab,state-human-short,not created
1795728816,other,provider-name,virtualbox
1795728816,other,state,running
1795728816,,ui,info,Current machine states:\\n\\nsvclab                    not created (libvirt)
`;

t.test('the state of a machine', async (t) => {
  t.same(parseStatus(printed, 'svclab'), { provider: 'libvirt', state: 'not_created' });
  t.same(parseStatus(printed.replaceAll('\n', '\r\n'), 'other'), { provider: 'virtualbox', state: 'running' });
  t.equal(parseStatus(printed, 'nobody'), undefined);
  t.equal(parseStatus('', 'svclab'), undefined);
  t.same(parseStatus('1,a,state,x%!(VAGRANT_COMMA)y,z\n', 'a'), { provider: '', state: 'x,y,z' });
});
