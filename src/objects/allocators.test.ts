import fc from 'fast-check';
import t from 'tap';
import { ClusterIPs, NodePorts, PodIPs } from './allocators.js';
import { ipToNumber, parseCidr } from './cidr.js';

t.test('ClusterIPs: the upper band first, then the lower', async (t) => {
  const ips = new ClusterIPs('10.200.1.0/24');
  const given = Array.from({ length: 252 }, (_, i) => ips.allocate(`default/s${i}`));
  t.equal(new Set(given).size, 252);
  t.ok(
    given.slice(0, 238).every((address) => Number(address.split('.')[3]) > 16),
    'a /24 keeps its first 16 for addresses asked for by number',
  );
  t.ok(given.slice(238).every((address) => Number(address.split('.')[3]) <= 16));
  for (const taken of ['10.200.1.0', '10.200.1.1', '10.200.1.10', '10.200.1.255'])
    t.notOk(given.includes(taken), `${taken} is never given`);
  t.throws(() => ips.allocate('default/more'), {
    name: 'UsageError',
    message: 'Service default/more: no address is left in the service range 10.200.1.0/24 (254 addresses)',
  });
  ips.release(given[7] ?? '');
  t.equal(ips.allocate('default/more'), given[7]);
  t.equal(new ClusterIPs('10.200.1.0/24').allocate('default/s0'), given[0], 'the same Service has the same address each time');
});

t.test('ClusterIPs: addresses asked for', async (t) => {
  const ips = new ClusterIPs('10.200.1.0/24');
  ips.claim('10.200.1.20', 'default/a');
  ips.claim('10.200.1.20', 'default/a');
  t.throws(() => ips.claim('10.200.1.20', 'default/b'), {
    message: 'Service default/b: clusterIP 10.200.1.20 belongs to Service default/a already',
  });
  t.throws(() => ips.claim('10.200.1.1', 'default/b'), { message: /belongs to Service default\/kubernetes already/ });
  t.throws(() => ips.claim('10.200.1.10', 'default/b'), { message: /kube-system\/kube-dns/ });
  for (const outside of ['10.200.2.1', '10.200.0.255', '10.200.1.0', '10.200.1.255']) {
    t.throws(() => ips.claim(outside, 'default/b'), {
      message: `Service default/b: clusterIP ${outside} is not in the service range 10.200.1.0/24`,
    });
  }
  const restore = ips.snapshot();
  ips.claim('10.200.1.30', 'default/c');
  ips.release('10.200.1.20');
  restore();
  ips.claim('10.200.1.30', 'default/d');
  t.throws(() => ips.claim('10.200.1.20', 'default/d'));
});

t.test('ClusterIPs: never the same twice, always inside, whatever was asked for and freed', async () => {
  const step = fc.oneof(
    fc.record({ claim: fc.integer({ min: 0, max: 63 }) }),
    fc.record({ free: fc.nat(40) }),
    fc.constant({ allocate: true }),
  );
  fc.assert(
    fc.property(fc.constantFrom('10.200.1.0/26', '10.96.0.0/27', '192.168.7.16/28'), fc.array(step, { maxLength: 80 }), (range, steps) => {
      const ips = new ClusterIPs(range);
      const cidr = parseCidr(range);
      const held: string[] = [];
      for (const [i, action] of steps.entries()) {
        try {
          if ('claim' in action) {
            const address = `${range.split('.').slice(0, 3).join('.')}.${action.claim}`;
            ips.claim(address, `claimed/${i}`);
            held.push(address);
          } else if ('free' in action) {
            const [address] = held.splice(action.free, 1);
            if (address !== undefined) ips.release(address);
          } else held.push(ips.allocate(`allocated/${i}`));
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'UsageError') throw error;
        }
      }
      const offsets = held.map((address) => ipToNumber(address) - cidr.base);
      return new Set(held).size === held.length && offsets.every((offset) => offset > 0 && offset < cidr.size - 1 && offset !== 1);
    }),
  );
});

t.test('NodePorts', async (t) => {
  const ports = new NodePorts();
  const given = Array.from({ length: 2_768 }, (_, i) => ports.allocate(`default/s${i}`));
  t.equal(new Set(given).size, 2_768);
  t.equal(Math.min(...given), 30_000);
  t.equal(Math.max(...given), 32_767);
  t.throws(() => ports.allocate('default/more'), { name: 'UsageError', message: 'no node port is left for default/more' });
  ports.release(30_500);
  ports.claim(30_500, 'default/a');
  ports.claim(30_500, 'default/a');
  t.throws(() => ports.claim(30_500, 'default/b'), { message: 'node port 30500 of default/b is in use by default/a' });
});

t.test('PodIPs: upwards from .2, and not again at once', async (t) => {
  const ips = new PodIPs('10.10.3.0/24', 'worker');
  t.equal(ips.gateway, '10.10.3.1');
  t.same([ips.allocate('a'), ips.allocate('b')], ['10.10.3.2', '10.10.3.3']);
  ips.release('10.10.3.2');
  t.equal(ips.allocate('c'), '10.10.3.4');
  const rest = Array.from({ length: 251 }, (_, i) => ips.allocate(`p${i}`));
  t.equal(rest.at(-2), '10.10.3.254');
  t.equal(rest.at(-1), '10.10.3.2', 'around, to what was freed');
  t.throws(() => ips.allocate('more'), { name: 'EnvironmentError', message: 'pod more: node worker has no pod address left' });
  t.equal(new Set(['10.10.3.3', '10.10.3.4', ...rest]).size, 253);
});
