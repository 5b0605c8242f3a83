import t from 'tap';
import { busyShare, lookAtMachine, type Machine, warnings } from './machine.js';

const idle: Machine = {
  cores: 2,
  cpu: 'a CPU',
  memoryGB: 4,
  kernel: '6.1.0',
  node: 'v20.18.0',
  loadAverage: [0.1, 0.1, 0.1],
  busy: 0.02,
  extraCertificates: undefined,
};

t.test('the busy share is what is neither idle nor waiting for a disk', (t) => {
  const before = 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 1 1 1\n';
  t.equal(busyShare(before, 'cpu  130 0 120 840 10 0 0 0 0 0\n'), 0.5);
  t.equal(busyShare(before, 'cpu  100 0 100 900 0 0 0 0 0 0\n'), 0);
  t.equal(busyShare(before, before), 0, 'two readings of one moment');
  t.equal(busyShare(before, 'cpu  150 0 100 850 0 0 0 0 50 0\n'), 0.5, 'guest time is not counted twice');
  t.end();
});

t.test('an idle machine gives no warning', (t) => {
  t.same(warnings(idle), []);
  t.end();
});

t.test('each thing that spoils the figures is said', (t) => {
  t.match(warnings({ ...idle, busy: 0.63 }), [/not idle.*63 % busy/]);
  t.match(warnings({ ...idle, loadAverage: [1.5, 1, 1] }), [/load average of the last minute was 1\.50 on 2 cores/]);
  t.match(warnings({ ...idle, cores: 1 }), [/two cores/]);
  t.match(warnings({ ...idle, extraCertificates: '/ca.pem' }), [/NODE_EXTRA_CA_CERTS/]);
  t.end();
});

t.test('this machine', async (t) => {
  const machine = await lookAtMachine(process.version, {});
  t.ok(machine.cores >= 1);
  t.ok(machine.busy >= 0 && machine.busy <= 1);
  t.equal(machine.loadAverage.length, 3);
  t.match(machine.kernel, /^\d+\.\d+/);
});
