#!/usr/bin/env bash
# Makes a folder for `init_cfg.sh --offline`, on a machine that reaches the package mirrors: packages with all that they depend on, programs, images.
# It appears whole or not at all. No root is needed. docs/machine.md says what lies where.
set -euo pipefail
machine=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(cd "$machine/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin:/usr/local/go/bin

mode=offline-folder step='' offline=''
steps=(tools docker kind kubectl node extras)
target='' suite='' images='' node=''

# shellcheck source=say.sh
. "$machine/say.sh"
# shellcheck source=system.sh
. "$machine/system.sh"
# shellcheck source=apt.sh
. "$machine/apt.sh"
# shellcheck source=programs.sh
. "$machine/programs.sh"
# shellcheck source=offline.sh
. "$machine/offline.sh"
# shellcheck source=steps/node.sh
. "$machine/steps/node.sh"

usage() {
  text "Usage: npm run offline -- DIR [--only STEPS] [--suite SUITE] [--images FILE] [--node FILE]
Makes the folder DIR for 'init_cfg.sh --offline DIR'.

  --only STEPS   what for: these of ${steps[*]}, with commas between them; all unless said
  --suite SUITE  for this suite of Debian (bookworm, trixie), from SVCLAB_DEBIAN_MIRROR; unless said, for this machine's own distribution
  --images FILE  an archive that 'svclab images save' made; kind and kubectl come with it
  --node FILE    a tarball of Node's own (node-vVERSION-linux-MACHINE.tar.xz), where the distribution's Node is too old" \
    "사용법: npm run offline -- 폴더 [--only 단계] [--suite 스위트] [--images 파일] [--node 파일]
'init_cfg.sh --offline 폴더'에 쓸 폴더를 만든다.

  --only 단계     ${steps[*]} 가운데 고른다. 쉼표로 나눈다. 없으면 전부
  --suite 스위트  Debian의 이 스위트(bookworm, trixie). SVCLAB_DEBIAN_MIRROR에서 가져온다. 없으면 이 머신의 배포판
  --images 파일   'svclab images save'가 만든 아카이브. kind와 kubectl이 함께 들어 있다
  --node 파일     Node가 배포하는 tarball(node-v버전-linux-머신.tar.xz). 배포판의 Node가 낡았을 때"
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --only | --suite | --images | --node)
        [ $# -ge 2 ] || fail 2 "$1 takes a value; see --help" "$1 뒤에 값이 있어야 한다. --help를 보라"
        case $1 in
          --only) IFS=, read -ra steps <<<"$2" ;;
          --suite) suite=$2 ;;
          --images) images=$2 ;;
          --node) node=$2 ;;
        esac
        shift
        ;;
      -*) fail 2 "unknown option '$1'; see --help" "모르는 옵션 '$1'. --help를 보라" ;;
      *) [ -z "$target" ] || fail 2 "more than one folder: $target, $1" "폴더가 둘 이상이다: $target, $1" && target=$1 ;;
    esac
    shift
  done
  [ -n "$target" ] || fail 2 "no folder is named; see --help" "폴더가 없다. --help를 보라"
  [ ! -e "$target" ] || fail 2 "$target is there already: name another, or remove it" "$target 이(가) 이미 있다. 다른 이름을 쓰거나 지워라"
  local file word
  for file in "$images" "$node"; do [ -z "$file" ] || [ -f "$file" ] || fail 2 "$file: there is no such file" "$file: 그런 파일이 없다"; done
  for word in "${steps[@]}"; do
    [[ " tools docker kind kubectl node extras " == *" $word "* ]] || fail 2 "there is no step '$word'" "'$word' 단계는 없다"
  done
}

wants() {
  [[ " ${steps[*]} " == *" $1 "* ]]
}

# apt-get and apt-cache get a world of their own: the wanted sources, and a system on which nothing is installed, so that every dependency comes.
own_apt() {
  local apt=$work/apt keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror=${SVCLAB_DEBIAN_MIRROR:-http://deb.debian.org/debian}
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts"
  : >"$apt/status"
  apt_options=(-o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "Dir::State::status=$apt/status" -o Debug::NoLocking=true -o APT::Sandbox::User=root)
  if [ -n "$suite" ]; then
    [ -r "$keyring" ] || fail 3 "$keyring is not there (package debian-archive-keyring)" "$keyring 이(가) 없다(패키지 debian-archive-keyring)"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite" "$keyring" "$mirror-security" "$suite-security" >"$apt/sources.list"
    apt_options+=(-o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts")
  fi
  apt update || fail 4 "the package lists could not be fetched; the log: $log" "패키지 목록을 가져오지 못했다. 로그: $log"
}

packages_wanted() {
  local name
  if wants tools; then sed '/^#/d; s/ *|.*//' "$here/scripts/tools.txt"; fi
  if wants docker; then printf '%s\n' docker.io iptables apparmor; fi
  if wants extras; then printf '%s\n' bash-completion kubectx kubecolor ipset ipvsadm; fi
  # Debian 13 has the docker command in a package of its own.
  candidate_of docker-cli
  if wants docker && [ -n "$candidate" ]; then echo docker-cli; fi
  if wants node && [ -n "$node" ]; then echo xz-utils; fi
  if wants node && [ -z "$node" ]; then
    candidate_of nodejs
    at_least "${candidate#*:}" "$(node_wanted)" || return 3
    printf '%s\n' nodejs npm
  fi
}

fetch_packages() {
  local packages
  packages=$(packages_wanted) || fail 3 "this distribution has Node ${candidate:-none}, and $(node_wanted) is needed: name a tarball of Node's own with --node" "이 배포판의 Node는 ${candidate:-없다}. $(node_wanted) 이상이 필요하다. --node로 tarball을 지정하라"
  [ -n "$packages" ] || return 0
  mapfile -t packages <<<"$packages"
  say "fetching ${packages[*]} with all that they depend on" "${packages[*]}와(과) 의존하는 것을 모두 가져온다"
  apt install -y --download-only --no-install-recommends "${packages[@]}" || fail 4 "the packages could not be fetched; the log: $log" "패키지를 가져오지 못했다. 로그: $log"
  mkdir "$work/folder/deb"
  mv "$work"/apt/cache/archives/*.deb "$work/folder/deb"
  index_packages
}

# The index of a flat repository (https://wiki.debian.org/DebianRepository/Format): what a package says of itself, where it lies, its size and digest.
index_packages() {
  local file
  (
    cd "$work/folder/deb"
    for file in *.deb; do
      dpkg-deb --field "$file"
      printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s "$file")" "$(sha256sum <"$file" | cut -d ' ' -f 1)"
    done >Packages
  )
}

# kind, kubectl and helm, where they do not come with the images.
fetch_programs() {
  mkdir "$work/folder/bin"
  if wants kind && [ -z "$images" ]; then fetch_program kind sigs.k8s.io/kind ''; fi
  if wants kubectl && [ -z "$images" ]; then fetch_program kubectl '' ''; fi
  if wants extras; then fetch_program helm helm.sh/helm/v3/cmd/helm "linux-$architecture/helm"; fi
  rmdir "$work/folder/bin" 2>/dev/null || true
}

fetch_program() {
  local status=0
  made=$work/$1
  mkdir "$made"
  pin_of "$1"
  if [ -n "$pin_value" ]; then download_program "$1" "$3" || status=$?; else status=3; fi
  if [ "$status" -ne 0 ]; then go_program "$2" || fail 4 "$1 could not be fetched: $(download_fault "$status")" "$1 을(를) 가져오지 못했다: $(download_fault "$status")"; fi
  chmod 755 "$made/program"
  mv "$made/program" "$work/folder/bin/$1"
}

# For which machine it is: the first words of the file FOR, as `know_system` sees them.
name_target() {
  case $suite in
    '') ;;
    bookworm) distribution=debian version=12 ;;
    trixie) distribution=debian version=13 ;;
    *) fail 2 "unknown suite '$suite': bookworm or trixie" "모르는 스위트 '$suite'. bookworm 또는 trixie" ;;
  esac
  printf 'svclab-offline/v1 %s %s %s\n' "$distribution" "$version" "$architecture" >"$work/folder/FOR"
}

read_arguments "$@"
know_system
mkdir -p "$(dirname "$target")"
work=$(mktemp -d "$(dirname "$target")/.svclab-offline.XXXXXX") || fail 4 "$(dirname "$target") cannot be written" "$(dirname "$target")에 쓸 수 없다"
scratch=("$work")
trap clean_up EXIT
trap 'interrupted INT 130' INT
trap 'interrupted TERM 143' TERM HUP
log=$work/log
: >"$log"
mkdir "$work/folder"
name_target
own_apt
fetch_packages
fetch_programs
if [ -n "$images" ]; then mkdir "$work/folder/images" && cp "$images" "$work/folder/images/images.tar"; fi
if [ -n "$node" ]; then mkdir "$work/folder/node" && cp "$node" "$work/folder/node/"; fi
(cd "$work/folder" && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum >../SHA256SUMS && mv ../SHA256SUMS .)
chmod -R a+rX "$work/folder"
mv -T "$work/folder" "$target"
say "made $target, $(du -sh "$target" | cut -f 1)" "$target 을(를) 만들었다. $(du -sh "$target" | cut -f 1)"
