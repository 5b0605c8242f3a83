import { existsSync } from 'node:fs';
import { mkdir, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runThere } from '../testing/run-in-vm.js';
import { type VagrantStandIns, type VmBehaviour, vagrantStandIns } from '../testing/vagrant-stand-ins.js';

// A busy machine takes its time; nothing here waits for a fixed one.
t.setTimeout(900_000);

async function standIns(t: Test, behaviour: VmBehaviour = {}): Promise<VagrantStandIns> {
  return vagrantStandIns(t, behaviour);
}

t.test('a VM that runs: the project is brought in, the lab runs, its folder comes back, and its exit code is ours', async (t) => {
  for (const exitCode of [0, 3]) {
    const there = await standIns(t, { exitCode });
    const ended = await runThere(there, { requests: 7, sabotage: 'all', allowSkip: true, reporter: 'tap' });
    t.equal(ended.code, exitCode, ended.err);
    t.same(there.calls(), [
      'vagrant status svclab --machine-readable',
      'vagrant rsync svclab',
      'vagrant ssh-config svclab',
      'lab --lang en run --cluster netns --out OUT --reporter tap --requests 7 --sabotage all --allow-skip -- clusterip',
    ]);
    const [name = '', ...others] = (await readdir(there.out)).sort();
    t.same(others, ['latest']);
    t.equal(await readlink(join(there.out, 'latest')), name);
    t.ok(existsSync(join(there.out, name, 'manifest.json')));
    t.match(ended.out, `folder ${join(there.out, name)}\n`, 'the folder is named as it is here');
    t.match(ended.err, `progress in ${there.out}\n`);
    t.match(ended.err, /brought back from the VM: .*clusterip.*\n.*the VM stays up/);
    t.same(await there.left(), [], 'nothing stays in the VM');
    t.notOk(existsSync(join(there.root, '.vagrant', 'svclab-run.lock')));
  }
});

t.test('a run that made no folder, for a mistake in the lab', async (t) => {
  const there = await standIns(t, { exitCode: 2 });
  t.equal((await runThere(there)).code, 2);
  t.notOk(existsSync(there.out));
});

t.test('folders that were here stay as they are', async (t) => {
  const there = await standIns(t);
  await mkdir(join(there.out, 'older'), { recursive: true });
  t.equal((await runThere(there)).code, 0);
  t.equal((await runThere(there)).code, 0);
  const names = await readdir(there.out);
  t.equal(names.length, 4, names.join(' '));
  t.ok(names.includes('older'));
});

t.test('a VM that is not there is made and set up; one that is halted is started; one that is suspended is resumed', async (t) => {
  const states = [
    { state: 'not_created', says: /making the VM/, rsync: false },
    { state: 'shutoff', says: /starting the VM/, rsync: false },
    { state: 'poweroff', says: /starting the VM/, rsync: false },
    { state: 'saved', says: /suspended: resuming/, rsync: true },
    { state: 'paused', says: /suspended: resuming/, rsync: true },
  ];
  for (const { state, says, rsync } of states) {
    const there = await standIns(t, { state, setUp: false });
    const ended = await runThere(there);
    t.equal(ended.code, 0, ended.err);
    t.match(ended.err, says, state);
    t.same(
      there.calls().slice(1, -1),
      [
        'vagrant up svclab --no-provision',
        ...(rsync ? ['vagrant rsync svclab'] : []),
        'vagrant ssh-config svclab',
        'vagrant provision svclab',
      ],
      state,
    );
  }
});

t.test('--halt halts it, also after a lab that failed; --keep does not go with it', async (t) => {
  const there = await standIns(t, { exitCode: 1 });
  t.equal((await runThere(there, { halt: true })).code, 1);
  t.equal(there.calls().at(-1), 'vagrant halt svclab');
  t.notOk(there.calls().includes('ssh is still connected'), 'nobody waits for a machine that is off');
  t.match(await runThere(there, { halt: true, keep: true }), { code: 2, err: /--keep .* --halt/ });
  const kept = await standIns(t);
  t.equal((await runThere(kept, { keep: true })).code, 0);
  t.match(kept.calls().at(-1), / --keep -- clusterip$/);
  const broken = await standIns(t, { fails: { halt: 'it will not' } });
  t.match(await runThere(broken, { halt: true }), { code: 4, err: /vagrant halt failed; vagrant said: it will not/ });
});
