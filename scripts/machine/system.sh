# shellcheck shell=bash
# The machine that init_cfg.sh runs on: its distribution, root, one init_cfg.sh at a time, logs, and commands that can be interrupted.

distribution='' version='' pretty='' architecture=''
log='' child='' changing=''
scratch=() made=''

# Sets distribution (debian or ubuntu), version, pretty and architecture; anything else is not supported.
know_system() {
  local known='' like
  if [ ! -r /etc/os-release ] || ! have dpkg apt-get; then
    fail 3 'this is neither Debian nor Ubuntu (no /etc/os-release, dpkg or apt-get)' 'Debian도 Ubuntu도 아니다(/etc/os-release, dpkg, apt-get 가운데 없는 것이 있다)'
  fi
  # shellcheck source=/dev/null
  { read -r distribution && read -r version && read -r pretty && read -r like; } < <(. /etc/os-release && printf '%s\n' "${ID:-}" "${VERSION_ID:-}" "${PRETTY_NAME:-$ID}" "${ID_LIKE:-}")
  case $distribution-$version in
    debian-12 | debian-13 | ubuntu-22.04 | ubuntu-24.04) known=yes ;;
    # The system's tools alone have the same names on all that are made from Debian.
    *) if [ "${steps[*]}" = tools ] && grep -qwE 'debian|ubuntu' <<<"$distribution $like"; then known=yes; fi ;;
  esac
  [ -n "$known" ] || fail 3 "$pretty is not supported: Debian 12 and 13, Ubuntu 22.04 and 24.04 are (--only tools works on all that are made from Debian)" \
    "$pretty은(는) 지원하지 않는다. Debian 12·13, Ubuntu 22.04·24.04를 지원한다(--only tools는 Debian 계열이면 된다)"
  architecture=$(dpkg --print-architecture)
}

have() {
  local program
  for program; do command -v "$program" >/dev/null || return 1; done
}

# Only to change something is root needed. What was given as arguments is said again to sudo.
become_root() {
  local kept=() name
  [ "$(id -u)" -ne 0 ] || return 0
  have sudo || fail 3 'this needs root, and there is no sudo: run it as root' 'root 권한이 필요한데 sudo가 없다. root로 실행하라'
  for name in SVCLAB_MIRROR SVCLAB_APT_LOCK_WAIT LANG LC_ALL LC_MESSAGES https_proxy http_proxy no_proxy; do
    if [ -n "${!name:-}" ]; then kept+=("$name=${!name}"); fi
  done
  if [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then
    fail 3 'this needs root, and sudo wants a password but there is no terminal to ask on: run it as root' 'root 권한이 필요하다. sudo가 비밀번호를 묻지만 물을 터미널이 없다. root로 실행하라'
  fi
  say 'this needs root: going on with sudo' 'root 권한이 필요해 sudo로 이어 간다'
  exec sudo -- env "${kept[@]}" bash "$here/init_cfg.sh" "$@"
}

# Before the first change of a step: nobody else at it, and a log of its own. Where root may not write (a read-only system), it says so.
begin_changes() {
  local folder=/var/log/svclab
  if [ -z "$changing" ]; then
    { mkdir -p /run/lock && exec 9>/run/lock/svclab-init_cfg; } 2>/dev/null || fail 4 '/run/lock cannot be written' '/run/lock에 쓸 수 없다'
    if ! flock -n 9; then
      say 'another init_cfg.sh is at work: waiting for it to end' '다른 init_cfg.sh가 실행 중이다. 끝나기를 기다린다'
      wait_for flock 9
    fi
    changing=yes
    trap clean_up EXIT
    trap 'interrupted INT 130' INT
    trap 'interrupted TERM 143' TERM
    trap 'interrupted HUP 143' HUP
  fi
  mkdir -p "$folder" 2>/dev/null || folder=${TMPDIR:-/tmp}
  log=$folder/init_cfg-$step.log
  : 2>/dev/null >"$log" || log=$(mktemp "${TMPDIR:-/tmp}/init_cfg-$step.XXXXXX.log")
}

# Runs a command with its output in the step's log. In the background, so that a signal reaches this script at once, and the command with it.
logged() {
  printf '$ %s\n' "$*" >>"$log"
  wait_for "$@" >>"$log" 2>&1 9>&-
}

wait_for() {
  local status=0
  "$@" </dev/null 8>&- &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

interrupted() {
  trap '' INT TERM HUP
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  say "stopped by SIG$1 in step $step; type the same command again to go on" "$step 단계에서 SIG$1로 멈췄다. 같은 명령을 다시 실행하면 이어 간다"
  exit "$2"
}

clean_up() {
  [ ${#scratch[@]} -eq 0 ] || rm -rf -- "${scratch[@]}"
}

# A new temporary folder in the folder $1, removed at the end; sets `made`. What a killed run left there is removed too.
make_scratch() {
  rm -rf -- "$1"/.svclab-init.* 2>/dev/null || true
  { mkdir -p "$1" && made=$(mktemp -d "$1/.svclab-init.XXXXXX"); } 2>>"$log" || fail 4 "$1 cannot be written: $(why_not_writable "$1")" "$1에 쓸 수 없다: $(why_not_writable "$1")"
  scratch+=("$made")
}

why_not_writable() {
  if [ "$(df --output=avail "$1" 2>/dev/null | tail -n 1)" = 0 ]; then text 'the disk is full' '디스크가 가득 찼다'; else text 'read-only, or not a folder' '읽기 전용이거나 폴더가 아니다'; fi
}

# Puts the file $1 where $2 says, whole or not at all, with the mode $3.
put_file() {
  { chmod "$3" "$1" && chown 0:0 "$1" && mv -fT "$1" "$2"; } 2>>"$log" || fail 4 "$2 cannot be written: $(why_not_writable "${2%/*}")" "$2에 쓸 수 없다: $(why_not_writable "${2%/*}")"
}

# Writes stdin to the file $1, whole or not at all, with the mode $2 (644).
put_text() {
  make_scratch "${1%/*}"
  cat >"$made/text" 2>>"$log" || fail 4 "$1 cannot be written: $(why_not_writable "${1%/*}")" "$1에 쓸 수 없다: $(why_not_writable "${1%/*}")"
  put_file "$made/text" "$1" "${2:-644}"
}
