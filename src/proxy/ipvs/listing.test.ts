import t from 'tap';
import { parseIpVs, serverText } from './listing.js';

/** As the kernel prints it; `FWM` servers are no address's. */
const text = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0AC801A4:2328 rr persistent 10800 FFFFFFFF
  -> 0A0A0302:0050      Masq    1      0          0         
  -> 0A0A0102:0050      Masq    1      0          2         
UDP  0AC8010A:0035 sh 
FWM  00000001 rr 
`;

t.test('/proc/net/ip_vs', async (t) => {
  const servers = parseIpVs(text);
  t.same(servers.map(serverText), ['10.200.1.164:9000/TCP=10.10.1.2:80,10.10.3.2:80', '10.200.1.10:53/UDP=']);
  t.same(
    servers.map(({ scheduler }) => scheduler),
    ['rr', 'sh'],
  );
  t.same(parseIpVs(''), []);
});
