import fc from 'fast-check';
import t from 'tap';
import { ipToNumber, numberToIp, parseCidr, subRange } from './cidr.js';

t.test('addresses are numbers, and back', async (t) => {
  t.equal(ipToNumber('255.255.255.255'), 2 ** 32 - 1);
  fc.assert(fc.property(fc.ipV4(), (address) => numberToIp(ipToNumber(address)) === address));
  t.same(parseCidr('10.10.0.0/16'), { base: ipToNumber('10.10.0.0'), prefix: 16, size: 65_536 });
});

t.test('ranges inside a range', async (t) => {
  const range = parseCidr('10.10.0.0/16');
  t.equal(subRange(range, 24, 0), '10.10.0.0/24');
  t.equal(subRange(range, 24, 255), '10.10.255.0/24');
  t.equal(subRange(range, 24, 256), undefined);
});
