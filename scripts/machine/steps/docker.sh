# shellcheck shell=bash
# Docker, from the distribution's own signed package. Its engine listens on a unix socket and nowhere else.

docker_check() {
  local lacking='' program open
  for program in docker dockerd containerd runc; do have "$program" || lacking+=" $program"; done
  if [ -n "$lacking" ]; then
    lacks docker.io "$(text "not found:$lacking" "없는 명령:$lacking")" 'apt-get install docker.io' 'apt-get install docker.io'
    return
  fi
  there docker.io "$(command -v dockerd)"
  open=$(open_addresses)
  if [ -n "$open" ]; then
    lacks socket-only "$(text "the engine is told to listen on the network: $open" "엔진이 네트워크에서 받도록 설정되어 있다: $open")" 'nothing: take that out by hand' '하지 않는다. 직접 빼라'
  else
    there socket-only "$(text 'no address of the network is configured' '네트워크 주소가 설정되어 있지 않다')"
  fi
  # In a chroot or a container there is no service manager that could start it.
  [ -d /run/systemd/system ] || return 0
  if systemctl is-active --quiet docker; then there engine "$(text running '실행 중')"; else lacks engine "$(text 'not running' '실행 중이 아니다')" 'systemctl enable --now docker' 'systemctl enable --now docker'; fi
}

docker_install() {
  local thing packages=(docker.io)
  for thing in "${missing[@]}"; do
    case $thing in
      docker.io)
        if [ -n "$offline" ]; then offline_repository; fi
        # Debian 13 has the docker command in a package of its own, which is merely recommended.
        has_package_lists || patiently apt update || true
        candidate_of docker-cli
        if [ -n "$candidate" ] && ! have docker; then packages+=(docker-cli); fi
        # Where the kernel enforces AppArmor, dockerd wants its parser.
        if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then packages+=(apparmor); fi
        install_packages iptables "${packages[@]}"
        ;;
      socket-only) fail 3 "the engine is told to listen on the network ($(open_addresses)), which gives root to whoever reaches it: take that out and restart it" \
        "엔진이 네트워크에서 받도록 설정되어 있다($(open_addresses)). 닿는 누구나 root가 된다. 빼고 다시 시작하라" ;;
      engine) ;;
    esac
  done
  start_engine
}

# The package starts its service itself, unless something forbade it.
start_engine() {
  [ -d /run/systemd/system ] || return 0
  systemctl is-active --quiet docker || logged systemctl enable --now docker.socket docker || fail 4 "the engine did not start: see 'journalctl -u docker'" "엔진이 시작하지 않았다. 'journalctl -u docker'를 보라"
}

# Addresses of the network in the engine's settings, and in the command line of one that runs.
open_addresses() {
  {
    cat /etc/docker/daemon.json /etc/default/docker /etc/systemd/system/docker.service.d/*.conf 2>/dev/null | grep -v '^ *#'
    for pid in $(pgrep -x dockerd 2>/dev/null); do tr '\0' ' ' <"/proc/$pid/cmdline"; done
  } 2>/dev/null | grep -oE 'tcp://[^" ,]*' | grep -vE '^tcp://(127\.|localhost|\[::1\])' | sort -u | tr '\n' ' ' || true
}
