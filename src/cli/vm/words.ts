import type { Language } from '../../core/text.js';

/** What is said while a lab runs in the VM. */
interface VmWords {
  readonly creating: string;
  readonly starting: string;
  readonly resuming: string;
  readonly syncing: string;
  readonly settingUp: string;
  readonly running: (labs: string) => string;
  readonly emulated: string;
  readonly stopping: string;
  readonly patience: string;
  readonly broughtBack: (folder: string) => string;
  readonly halting: string;
  readonly staysUp: string;
}

const en: VmWords = {
  creating: 'making the VM (some minutes the first time)',
  starting: 'starting the VM',
  resuming: 'the VM is suspended: resuming it',
  syncing: 'bringing the project into the VM',
  settingUp: 'setting the VM up (init_cfg.sh)',
  running: (labs) => `in the VM: ${labs}`,
  emulated:
    'warning: this machine lends the VM no processor (no KVM, or SVCLAB_VM_DRIVER=qemu), so that it is emulated, some ten times slower: a kind cluster will hardly become ready in time',
  stopping: 'ending the lab in the VM; what it has found is brought back',
  patience: 'the lab in the VM is still cleaning up; one more Ctrl-C leaves it alone with that',
  broughtBack: (folder) => `brought back from the VM: ${folder}`,
  halting: 'halting the VM',
  staysUp: 'the VM stays up: `vagrant halt` ends it, and so does --halt',
};

const ko: VmWords = {
  creating: 'VM을 만듭니다 (처음에는 몇 분 걸립니다)',
  starting: 'VM을 켭니다',
  resuming: 'VM이 일시 중지되어 있어 다시 이어서 실행합니다',
  syncing: '프로젝트를 VM으로 가져갑니다',
  settingUp: 'VM을 준비합니다 (init_cfg.sh)',
  running: (labs) => `VM 안에서: ${labs}`,
  emulated:
    '주의: 이 컴퓨터는 VM에 프로세서를 빌려주지 못합니다 (KVM이 없거나 SVCLAB_VM_DRIVER=qemu). 에뮬레이션은 열 배쯤 느려서 kind 클러스터가 제때 준비되기 어렵습니다',
  stopping: 'VM 안의 실습을 끝냅니다. 그때까지의 증거는 가져옵니다',
  patience: 'VM 안의 실습이 아직 정리 중입니다. Ctrl-C를 한 번 더 누르면 두고 끝냅니다',
  broughtBack: (folder) => `VM에서 가져왔습니다: ${folder}`,
  halting: 'VM을 끕니다',
  staysUp: 'VM은 켜 두었습니다. `vagrant halt`나 --halt로 끕니다',
};

export const vmWords: Readonly<Record<Language, VmWords>> = { en, ko };
