# shellcheck shell=bash
# Debian's and Ubuntu's packages: signed by the distribution, or, with --offline, out of the folder that was verified.

# Options that make apt-get take packages from the folder of --offline alone; empty without it.
apt_options=()

apt() {
  # The time that an interrupted wait for dpkg's lock may take; the other locks of apt have no such option, see install_packages.
  logged env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l LC_ALL=C.UTF-8 \
    apt-get -q -o "DPkg::Lock::Timeout=$(lock_wait)" -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Dpkg::Use-Pty=0 "${apt_options[@]}" "$@"
}

lock_wait() {
  local seconds=${SVCLAB_APT_LOCK_WAIT:-300}
  [[ $seconds =~ ^[0-9]+$ ]] && echo "$seconds" || echo 300
}

# Installs packages; does not come back when that fails.
install_packages() {
  have apt-get || fail 3 'there is no apt-get' 'apt-get이 없다'
  finish_interrupted
  if [ -n "$offline" ]; then offline_repository; fi
  say "$step: installing $* with apt-get" "$step: apt-get으로 $*을(를) 설치한다"
  if has_package_lists && patiently apt install -y --no-install-recommends "$@"; then return; fi
  apt_fault_that_stays
  if [ -z "$offline" ]; then
    say "$step: fetching the package lists first (apt-get update)" "$step: 먼저 패키지 목록을 가져온다(apt-get update)"
    patiently apt update || true
    if patiently apt install -y --no-install-recommends "$@"; then return; fi
    apt_fault_that_stays
  fi
  fail 3 "apt-get could not install $*" "apt-get이 $*을(를) 설치하지 못했다"
}

has_package_lists() {
  [ -n "$offline" ] || [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ]
}

# What an earlier installation left half-done is ended first: dpkg names it, and apt-get does nothing else before.
finish_interrupted() {
  have dpkg || return 0
  [ -n "$(dpkg --audit 2>/dev/null)" ] || [ -n "$(find /var/lib/dpkg/updates -type f 2>/dev/null)" ] || return 0
  say "$step: an earlier installation was cut short: finishing it" "$step: 전에 중단된 설치를 마무리한다"
  patiently logged env DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true
  # What was only unpacked in part, or lacks what it depends on.
  patiently apt install -y --no-install-recommends --fix-broken || true
}

# Where another apt or dpkg holds a lock, the command says which process: its end is waited for, and then it is tried again.
patiently() {
  local until=$((SECONDS + $(lock_wait))) from holder
  while true; do
    from=$(stat -c %s "$log")
    if "$@"; then return 0; fi
    holder=$(tail -c +$((from + 1)) "$log" | sed -nE 's/.*ould not get lock .* held by process ([0-9]+).*/\1/p; s/.*locked by another process with pid ([0-9]+).*/\1/p' | tail -n 1)
    if [ -z "$holder" ] || [ "$SECONDS" -ge "$until" ]; then return 1; fi
    say "$step: process $holder holds the lock of apt: waiting for it to end" "$step: 프로세스 $holder이(가) apt의 잠금을 쥐고 있다. 끝나기를 기다린다"
    wait_for timeout $((until - SECONDS)) tail -f /dev/null --pid="$holder" || true
  done
}

# What no second try mends, in words.
apt_fault_that_stays() {
  local said
  # From the last command on.
  # shellcheck disable=SC2016
  said=$(sed -n '/^\$ /h;//!H;${x;p}' "$log")
  if grep -qiE 'no space left on device|you don.t have enough free space' <<<"$said"; then
    fail 4 'the disk is full: free some space' '디스크가 가득 찼다. 공간을 비워라'
  elif grep -qE 'ould not get lock|Unable to (acquire|lock)' <<<"$said"; then
    fail 4 "another apt or dpkg still holds the lock after $(lock_wait) s (SVCLAB_APT_LOCK_WAIT): wait for it to end" \
      "다른 apt나 dpkg가 $(lock_wait)초(SVCLAB_APT_LOCK_WAIT) 뒤에도 잠금을 쥐고 있다. 끝나기를 기다려라"
  elif grep -qE 'Hash Sum mismatch|NO_PUBKEY|BADSIG|is not signed|could not be authenticated' <<<"$said"; then
    fail 4 'a package or a list does not have the digest or signature that it should have: nothing of it was installed' \
      '패키지나 목록의 다이제스트 또는 서명이 맞지 않다. 아무것도 설치하지 않았다'
  elif [ -z "$offline" ] && fetched && grep -qE 'Could not resolve|Unable to connect|Could not connect|Connection (failed|timed out|reset)|Temporary failure|Network is unreachable|Cannot initiate' "$log"; then
    fail 4 'the network was lost, or the package mirror was not reached: look at it, and at a proxy' '네트워크가 끊겼거나 패키지 미러에 닿지 않는다. 네트워크와 프록시를 확인하라'
  fi
}

# Whether the lists were fetched in this step already: without them a network fault may be that of an old list.
fetched() {
  grep -qE '^\$ .* update$' "$log"
}

# Sets candidate: the version that apt would install of the package $1; empty where there is none.
candidate_of() {
  candidate=$(LC_ALL=C apt-cache "${apt_options[@]}" policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')
  if [ "$candidate" = '(none)' ]; then candidate=''; fi
}

is_installed() {
  # shellcheck disable=SC2016
  [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}
