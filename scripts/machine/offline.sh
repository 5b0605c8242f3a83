# shellcheck shell=bash
# The folder of --offline, as `npm run offline` makes it (docs/machine.md): SHA256SUMS names every file, and nothing is used before all of them are right.

offline_verified=''

open_offline() {
  [ -n "$offline" ] || return 0
  [ -d "$offline" ] || fail 2 "--offline $offline: there is no such folder" "--offline $offline: 그런 폴더가 없다"
  offline=$(cd "$offline" && pwd)
  [ -f "$offline/SHA256SUMS" ] || fail 2 "--offline $offline: it holds no SHA256SUMS, so nothing in it can be verified: make it with 'npm run offline'" \
    "--offline $offline: SHA256SUMS가 없어 검증할 수 없다. 'npm run offline'으로 만들어라"
}

# Every file that is in the folder is named and right, and every file that is named is there; else the script ends.
verify_offline() {
  local said unnamed
  [ -z "$offline_verified" ] || return 0
  say "verifying $offline" "$offline 을(를) 검증한다"
  said=$(cd "$offline" && LC_ALL=C sha256sum --check --strict --quiet SHA256SUMS 2>&1) ||
    fail 4 "$offline is not what its SHA256SUMS says, and nothing of it was used: ${said//$'\n'/; }" "$offline 이(가) SHA256SUMS와 다르다. 아무것도 쓰지 않았다: ${said//$'\n'/; }"
  unnamed=$(cd "$offline" && comm -13 <(sed 's/^[0-9a-f]* [ *]//; s,^\./,,' SHA256SUMS | sort) <(find . -type f ! -path ./SHA256SUMS -printf '%P\n' | sort) | head -n 3)
  [ -z "$unnamed" ] || fail 4 "$offline holds files that its SHA256SUMS does not name: ${unnamed//$'\n'/, }" "$offline 에 SHA256SUMS에 없는 파일이 있다: ${unnamed//$'\n'/, }"
  fits_this_machine
  offline_verified=yes
}

# Packages of another distribution would break this one.
fits_this_machine() {
  local wanted="svclab-offline/v1 $distribution $version $architecture" found
  found=$(cat "$offline/FOR" 2>/dev/null) || found=''
  [ "$found" = "$wanted" ] || fail 3 "$offline is for '${found:-an unknown machine}' (its file FOR), and this is '$wanted'" "$offline 은(는) '${found:-알 수 없는 머신}'용이고(파일 FOR) 이 머신은 '$wanted'이다"
}

# Sets found_offline to the one file that the pattern $1 names in the folder; empty where there is none.
in_offline() {
  found_offline=$(find "$offline" -path "$offline/$1" -type f -print -quit)
}

# Tells apt to know the folder's packages and no others. Its lists and settings are a temporary folder's, so that the machine's own stay as they are.
offline_repository() {
  [ ${#apt_options[@]} -eq 0 ] || return 0
  verify_offline
  [ -f "$offline/deb/Packages" ] || fail 3 "$offline holds no packages (deb/Packages), and this machine lacks some" "$offline 에 패키지(deb/Packages)가 없는데 이 머신에 없는 것이 있다"
  make_scratch /tmp
  chmod 755 "$made"
  mkdir -p "$made/lists/partial" "$made/cache/archives/partial"
  # apt has no other way to name a path with blanks.
  ln -s "$offline/deb" "$made/deb"
  printf 'deb [trusted=yes] file:%s/deb ./\n' "$made" >"$made/sources.list"
  apt_options=(-o "Dir::Etc::SourceList=$made/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$made/lists" -o "Dir::Cache=$made/cache"
    -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=false)
  apt update || fail 4 "apt-get could not read $offline/deb" "apt-get이 $offline/deb를 읽지 못했다"
}
