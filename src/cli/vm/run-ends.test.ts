import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { InterruptedError } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { testContext } from '../testing/context.js';
import { runThere } from '../testing/run-in-vm.js';
import { type VagrantStandIns, type VmBehaviour, vagrantStandIns } from '../testing/vagrant-stand-ins.js';
import { runInVm } from './run-in-vm.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(900_000);

async function standIns(t: Test, behaviour: VmBehaviour = {}): Promise<VagrantStandIns> {
  return vagrantStandIns(t, behaviour);
}

t.test('Ctrl-C while the lab runs ends it in the VM, and its folder comes back', async (t) => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const there = await standIns(t, { labHangs: true });
    const controller = new AbortController();
    const { context, out, err } = testContext({ signal: controller.signal });
    const ended = runInVm(context, ['clusterip'], { cluster: 'netns', reporter: 'console', out: there.out, halt: true }, there.root);
    await waitFor('the lab', () => (out().includes('on its way') ? true : undefined), { intervalMs: 20, timeoutMs: 60_000 });
    controller.abort(new InterruptedError(signal));
    t.equal(await ended, code, err());
    t.match(out(), /cleaned up/);
    t.equal((await readdir(there.out)).length, 2);
    t.equal(there.calls().at(-1), 'vagrant halt svclab', 'as asked');
    t.match(err(), /ending the lab in the VM/);
  }
});

t.test('Ctrl-C while the VM comes up is told to vagrant, once, and it is waited for', async (t) => {
  const there = await standIns(t, { state: 'not_created', hangs: true });
  const controller = new AbortController();
  const { context, err } = testContext({ signal: controller.signal });
  const ended = runInVm(context, ['clusterip'], { cluster: 'netns', reporter: 'console', out: there.out }, there.root);
  await waitFor('vagrant', () => (err().includes('Starting domain') ? true : undefined), { intervalMs: 20, timeoutMs: 60_000 });
  controller.abort(new InterruptedError('SIGINT'));
  t.equal(await ended, 130);
  t.match(err(), /Waiting for cleanup/);
  t.notOk(existsSync(there.out));
});

t.test('a second run in the same VM is refused while the first one is under way', async (t) => {
  const there = await standIns(t, { labHangs: true });
  const controller = new AbortController();
  const { context, out } = testContext({ signal: controller.signal });
  const first = runInVm(context, ['clusterip'], { cluster: 'netns', reporter: 'console', out: there.out }, there.root);
  await waitFor('the lab', () => (out().includes('on its way') ? true : undefined), { intervalMs: 20, timeoutMs: 60_000 });
  const before = there.calls().length;
  t.match(await runThere(there), { code: 2, err: new RegExp(`another run is under way in this VM\n.*process ${process.pid}`) });
  t.equal(there.calls().length, before, 'vagrant was not even asked');
  controller.abort(new InterruptedError('SIGINT'));
  t.equal(await first, 130);
});

t.test('a VM that another checkout made is never touched', async (t) => {
  const there = await standIns(t);
  const notes = join(there.root, '.vagrant', 'machines', 'svclab', 'libvirt');
  await mkdir(notes, { recursive: true });
  await writeFile(join(notes, 'id'), 'a-b-c');
  await writeFile(join(notes, 'vagrant_cwd'), '/somewhere/else');
  t.match(await runThere(there), { code: 2, err: /was made for \/somewhere\/else, and is left alone/ });
  t.same(there.calls(), []);
  await writeFile(join(notes, 'vagrant_cwd'), there.root);
  t.equal((await runThere(there)).code, 0, 'its own is used');
});

t.test('what is wrong with the labs or the checkout is told before vagrant is asked', async (t) => {
  const there = await standIns(t);
  t.match(await runThere(there, {}, {}, ['no-such-lab']), { code: 2, err: /no lab 'no-such-lab'/ });
  const outside = join(t.testdir({ 'lab.yaml': 'x' }), 'lab.yaml');
  t.match(await runThere(there, {}, {}, [outside]), { code: 2, err: /is not part of the project/ });
  t.match(
    await runInVm(testContext().context, ['clusterip'], { cluster: 'netns', reporter: 'console', out: there.out }, there.vm).catch(
      (error: unknown) => error,
    ),
    {
      name: 'UnmetError',
      message: /needs a checkout/,
    },
  );
  t.same(there.calls(), []);
});

t.test('a kind cluster in a VM that is emulated is warned of; colours and language are handed on', async (t) => {
  const there = await standIns(t);
  const ended = await runThere(there, { cluster: 'kind' }, { env: { SVCLAB_VM_DRIVER: 'qemu' }, language: 'ko', color: true });
  t.match(ended.err, /에뮬레이션/);
  t.match(there.calls().at(-1), /^lab --lang ko run --cluster kind/);
  const embedded = await runThere(there, {}, { env: { SVCLAB_VM_DRIVER: 'qemu' } });
  t.notMatch(embedded.err, /warning/);
  t.equal(basename(there.out), 'runs');
});
