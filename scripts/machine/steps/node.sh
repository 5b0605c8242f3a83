# shellcheck shell=bash
# Node 20.18 or newer with its npm: the distribution's own where it is new enough, else NodeSource's signed repository, whose key's fingerprint is pinned.

node_key=/usr/share/keyrings/svclab-nodesource.asc
node_source=/etc/apt/sources.list.d/svclab-nodesource.sources

node_wanted() {
  sed -n 's/.*"node": *">=\([0-9.]*\)".*/\1/p' "$here/package.json"
}

node_check() {
  local found wanted
  wanted=$(node_wanted)
  found=$(node --version 2>/dev/null) || found=''
  if [ -n "$found" ] && at_least "${found#v}" "$wanted"; then
    there node "$found $(command -v node)"
  else
    lacks node "$(text "wanted $wanted or newer, found ${found:-none}" "$wanted 이상이어야 하는데 ${found:-없다}")" "$(node_plan)" "$(node_plan)"
  fi
  found=$(npm_version) || found=''
  if [ -n "$found" ]; then there npm "$found"; else lacks npm "$(text 'not found' '없다')" "$(text 'comes with node' 'node와 함께 온다')" "$(text 'comes with node' 'node와 함께 온다')"; fi
}

# npm writes a log for every command, this one too: into a folder that goes away again.
npm_version() {
  local cache status=0
  cache=$(mktemp -d) || return
  npm_config_cache=$cache npm_config_update_notifier=false npm --version 2>/dev/null || status=$?
  rm -rf "$cache"
  return "$status"
}

node_plan() {
  if [ -n "$offline" ]; then text "take it from $offline" "$offline 에서 가져온다"; else text "apt-get install nodejs npm where the distribution's is new enough, else from NodeSource (key's fingerprint pinned)" \
    '배포판의 것이 충분히 새로우면 apt-get install nodejs npm, 아니면 NodeSource(키 지문 고정)'; fi
}

at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

node_install() {
  local wanted
  wanted=$(node_wanted)
  if [ -n "$offline" ] && node_from_archive; then return; fi
  if [ -n "$offline" ]; then offline_repository; elif ! has_package_lists; then patiently apt update || true; fi
  candidate_of nodejs
  if [ -z "$candidate" ] && [ -z "$offline" ]; then
    patiently apt update || true
    candidate_of nodejs
  fi
  case $candidate in
    *nodesource*) at_least "$candidate" "$wanted" && install_packages nodejs ;;
    '') [ -z "$offline" ] || fail 3 "$offline holds no Node" "$offline 에 Node가 없다" && node_source_repository ;;
    *) if at_least "${candidate#*:}" "$wanted"; then install_packages nodejs npm; else node_source_repository; fi ;;
  esac
}

# A tarball of Node's own in the folder of --offline.
node_from_archive() {
  local name
  in_offline 'node/node-v*-linux-*.tar.*'
  [ -n "$found_offline" ] || return 1
  verify_offline
  name=${found_offline##*/} name=${name%.tar.*}
  case $found_offline in *.xz) have xz || install_packages xz-utils ;; esac
  make_scratch /usr/local/lib
  { logged tar -xf "$found_offline" -C "$made" --no-same-owner && [ -x "$made/$name/bin/node" ]; } || fail 4 "$found_offline could not be unpacked: $(why_not_writable /usr/local/lib)" "$found_offline 을(를) 풀지 못했다: $(why_not_writable /usr/local/lib)"
  rm -rf "/usr/local/lib/$name"
  mv -T "$made/$name" "/usr/local/lib/$name"
  for name in npm npx node; do ln -sfn "../lib/$(basename "${found_offline%.tar.*}")/bin/$name" "/usr/local/bin/$name"; done
}

# Its key is used only when it is the one key with the pinned fingerprint. The source is taken away again where apt cannot use it.
node_source_repository() {
  local found
  pin_of nodesource
  [ -n "$pin_value" ] || fail 3 "$(how_to_pin nodesource)" "$(how_to_pin nodesource)"
  have gpg || install_packages gpg
  make_scratch /usr/share/keyrings
  fetch "$pin_url" "$made/key" || fail 4 "NodeSource's key could not be downloaded: $(download_fault $?)" "NodeSource의 키를 내려받지 못했다: $(download_fault $?)"
  mkdir -m 700 "$made/gnupg"
  # shellcheck disable=SC2016
  found=$(gpg --homedir "$made/gnupg" --batch --with-colons --show-keys "$made/key" 2>>"$log" | awk -F: '$1 == "pub" { next_is_its = 1 } $1 == "fpr" && next_is_its { print $10; next_is_its = 0 }')
  [ "$found" = "$pin_value" ] || fail 4 "what $(mirrored "$pin_url") gave is not NodeSource's key: its fingerprint is '${found//$'\n'/ }', pinned is $pin_value. It was thrown away" \
    "$(mirrored "$pin_url")이(가) 준 것은 NodeSource의 키가 아니다. 지문은 '${found//$'\n'/ }', 고정된 값은 $pin_value이다. 버렸다"
  put_file "$made/key" "$node_key" 644
  put_text "$node_source" <<SOURCE
# Written by svclab: the distribution's Node is too old for it.
Types: deb
URIs: $(mirrored "https://deb.nodesource.com/$pin_version")
Suites: nodistro
Components: main
Architectures: $architecture
Signed-By: $node_key
SOURCE
  patiently apt update || true
  candidate_of nodejs
  if [[ $candidate != *nodesource* ]]; then
    rm -f "$node_source" "$node_key"
    fail 4 'NodeSource could not be used as a source of packages: was it reached, and is its signature right? It was taken away again' 'NodeSource를 패키지 출처로 쓸 수 없다. 닿는지, 서명이 맞는지 보라. 다시 지웠다'
  fi
  install_packages nodejs
}
