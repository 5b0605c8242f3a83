#!/usr/bin/env bash
# Sets a machine up for svclab: the operating system's tools, Docker, kind, kubectl, Node, and what makes a shell on it pleasant. Each step looks what
# is there, brings what is missing, and looks again; so it can be typed again at any time, and goes on where it stopped. docs/machine.md has the details.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
machine=$here/scripts/machine
# What is brought lies in /usr/local/bin, and is looked for there first.
PATH=/usr/local/bin:$PATH:/usr/sbin:/sbin:/usr/local/go/bin

all_steps=(tools docker kind kubectl node extras)
steps=("${all_steps[@]}")
mode=install
offline=''

# shellcheck source=scripts/machine/say.sh
. "$machine/say.sh"
# shellcheck source=scripts/machine/system.sh
. "$machine/system.sh"
# shellcheck source=scripts/machine/apt.sh
. "$machine/apt.sh"
# shellcheck source=scripts/machine/offline.sh
. "$machine/offline.sh"
# shellcheck source=scripts/machine/programs.sh
. "$machine/programs.sh"
# shellcheck source=scripts/machine/steps/tools.sh
. "$machine/steps/tools.sh"
# shellcheck source=scripts/machine/steps/docker.sh
. "$machine/steps/docker.sh"
# shellcheck source=scripts/machine/steps/kind.sh
. "$machine/steps/kind.sh"
# shellcheck source=scripts/machine/steps/kubectl.sh
. "$machine/steps/kubectl.sh"
# shellcheck source=scripts/machine/steps/node.sh
. "$machine/steps/node.sh"
# shellcheck source=scripts/machine/steps/extras.sh
. "$machine/steps/extras.sh"

usage() {
  text "Usage: init_cfg.sh [--only STEPS] [--check] [--offline DIR] [--help]
Sets a Debian or Ubuntu machine up for svclab. Typed again, it changes only what is not as it should be.

  --only STEPS   these of ${all_steps[*]}, with commas between them; all unless said
  --check        says what is there, what is missing, and what would be done; changes nothing.
                 Ends with 0 when all is there, with 3 when something is missing
  --offline DIR  takes everything from a folder that 'npm run offline' made; no network
  --help         says this

Exit codes: 0 all is there, 2 wrong usage, 3 the machine lacks something or is of another kind, 4 network, disk or a digest.
Environment: SVCLAB_MIRROR, the address of a mirror for downloads (checked all the same); SVCLAB_APT_LOCK_WAIT, for how
many seconds to wait for another apt (300)." \
    "사용법: init_cfg.sh [--only 단계] [--check] [--offline 폴더] [--help]
Debian 또는 Ubuntu 머신을 svclab에 맞게 준비한다. 다시 실행하면 어긋난 것만 바꾼다.

  --only 단계     ${all_steps[*]} 가운데 고른다. 쉼표로 나눈다. 없으면 전부
  --check         있는 것, 없는 것, 무엇을 할지를 보여 준다. 아무것도 바꾸지 않는다.
                  모두 있으면 0, 없는 것이 있으면 3으로 끝난다
  --offline 폴더  'npm run offline'이 만든 폴더에서 모두 가져온다. 네트워크를 쓰지 않는다
  --help          이 도움말

종료 코드: 0 모두 있음, 2 잘못된 사용법, 3 머신에 없는 것이 있거나 지원하지 않는 머신, 4 네트워크·디스크·다이제스트.
환경 변수: SVCLAB_MIRROR 내려받기 미러의 주소(검사는 똑같이 한다), SVCLAB_APT_LOCK_WAIT 다른 apt를 기다리는 초(300)."
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --check) mode=check ;;
      --only | --offline) [ $# -ge 2 ] || fail 2 "$1 takes a value; see --help" "$1 뒤에 값이 있어야 한다. --help를 보라" ;;&
      --only) choose_steps "$2" && shift ;;
      --offline) offline=$2 && shift ;;
      --only=*) choose_steps "${1#*=}" ;;
      --offline=*) offline=${1#*=} ;;
      *) fail 2 "unknown argument '$1'; see --help" "모르는 인수 '$1'. --help를 보라" ;;
    esac
    shift
  done
}

# Always in the order of `all_steps`, each once: later ones need what earlier ones bring.
choose_steps() {
  local word wanted=()
  IFS=, read -ra wanted <<<"$1"
  for word in "${wanted[@]}"; do
    [[ " ${all_steps[*]} " == *" $word "* ]] || fail 2 "there is no step '$word'; the steps are ${all_steps[*]}" "'$word' 단계는 없다. 단계는 ${all_steps[*]}이다"
  done
  [ ${#wanted[@]} -gt 0 ] || fail 2 "--only names no step; the steps are ${all_steps[*]}" "--only에 단계가 없다. 단계는 ${all_steps[*]}이다"
  steps=()
  for word in "${all_steps[@]}"; do
    if [[ " ${wanted[*]} " == *" $word "* ]]; then steps+=("$word"); fi
  done
}

check_all() {
  local lacking=0
  for step in "${steps[@]}"; do
    missing=()
    "${step}_check"
    lacking=$((lacking + ${#missing[@]}))
  done
  [ "$lacking" -gt 0 ] || exit 0
  step=''
  if [ -n "$offline" ]; then verify_offline; fi
  exit 3
}

install_all() {
  for step in "${steps[@]}"; do
    missing=()
    log=''
    "${step}_check"
    if [ ${#missing[@]} -eq 0 ]; then
      say "$step: all is there" "$step: 모두 있다"
      continue
    fi
    become_root "$@"
    begin_changes
    say "$step: missing: ${missing[*]}" "$step: 없는 것: ${missing[*]}"
    "${step}_install"
    missing=()
    "${step}_check"
    [ ${#missing[@]} -eq 0 ] || fail 4 "installed, and still not right: ${missing[*]}${wrong:+ ($wrong)}" "설치했지만 아직 맞지 않다: ${missing[*]}${wrong:+ ($wrong)}"
    say "$step: done" "$step: 끝났다"
  done
}

step=''
read_arguments "$@"
open_offline
know_system
case $mode in
  check) check_all ;;
  install) install_all "$@" ;;
esac
