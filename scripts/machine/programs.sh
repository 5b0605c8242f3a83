# shellcheck shell=bash
# Programs that are no packages: from the folder of --offline; by download, held against the digest that is pinned; or built by Go, which checks
# every module against its checksum database. They are run only after that, and put into /usr/local/bin whole or not at all.

# Sets pin_version, pin_value (empty where nobody has established it) and pin_url of what is named $1.
pin_of() {
  local name version machine_of value url
  pin_version='' pin_value='' pin_url=''
  while read -r name version machine_of _ value url; do
    [ "$name" = "$1" ] || continue
    pin_version=$version
    [ "$machine_of" = "$architecture" ] || [ "$machine_of" = any ] || continue
    pin_url=$url
    if [ "$value" != - ]; then pin_value=$value; fi
  done <"$machine/pins.txt"
}

# In words, what a maintainer does about a thing without a pin.
how_to_pin() {
  text "no digest of $1 $pin_version for $architecture is pinned, so it is not fetched. A maintainer looks it up in two independent public places and writes it into scripts/machine/pins.txt (docs/machine.md)" \
    "$1 $pin_version($architecture)의 다이제스트가 고정되어 있지 않아 가져오지 않는다. 관리자가 서로 독립된 공개 출처 두 곳에서 확인해 scripts/machine/pins.txt에 적는다(docs/machine.md)"
}

# What would be done about the program $1 (Go package $2, or nothing).
program_plan() {
  pin_of "$1"
  if [ -n "$offline" ]; then
    text "take it from $offline" "$offline 에서 가져온다"
  elif [ -n "$pin_value" ]; then
    text "download $(mirrored "$pin_url"), SHA-256 $pin_value, into /usr/local/bin" "$(mirrored "$pin_url")을(를) /usr/local/bin에 내려받는다. SHA-256 $pin_value"
  elif [ -n "$2" ] && have go; then
    text "go install $2@$pin_version, into /usr/local/bin" "go install $2@$pin_version, /usr/local/bin에 둔다"
  else
    how_to_pin "$1"
  fi
}

# Brings the program $1 (Go package $2, or nothing; its file in a downloaded archive $3, or nothing).
install_program() {
  local name=$1 package=$2 member=$3 status=0
  pin_of "$name"
  make_scratch /usr/local/bin
  if [ -n "$offline" ]; then
    verify_offline
    offline_program "$name" || fail 3 "$offline holds no $name" "$offline 에 $name 이(가) 없다"
  elif [ -n "$pin_value" ]; then
    download_program "$name" "$member" || status=$?
    if [ "$status" -ne 0 ]; then
      go_program "$package" || fail 4 "$name could not be downloaded: $(download_fault "$status")" "$name 을(를) 내려받지 못했다: $(download_fault "$status")"
    fi
  else
    go_program "$package" || fail 3 "$(how_to_pin "$name")" "$(how_to_pin "$name")"
  fi
  put_file "$made/program" "/usr/local/bin/$name" 755
}

offline_program() {
  in_offline "bin/$1"
  if [ -n "$found_offline" ]; then
    cp "$found_offline" "$made/program" 2>>"$log" || fail 4 "$1: $(why_not_writable /usr/local/bin)" "$1: $(why_not_writable /usr/local/bin)"
    return
  fi
  # `svclab images save` writes kind and kubectl beside the images.
  in_offline 'images/*.tar'
  if [ -n "$found_offline" ] && tar -xOf "$found_offline" "svclab/$1" >"$made/program" 2>>"$log"; then return; fi
  return 1
}

download_program() {
  local name=$1 member=$2
  fetch "$pin_url" "$made/download" || return
  holds_digest "$name" "$made/download"
  if [ -n "$member" ]; then
    tar -xOf "$made/download" "$member" >"$made/program" 2>>"$log" || fail 4 "$name: $member could not be taken out of what was downloaded" "$name: 내려받은 것에서 $member 을(를) 꺼내지 못했다"
  else
    mv "$made/download" "$made/program"
  fi
}

# Ends the script where the file $2 is not the $1 that is pinned.
holds_digest() {
  local digest
  digest=$(sha256sum <"$2" | cut -d ' ' -f 1)
  [ "$digest" = "$pin_value" ] || fail 4 "$1: what $(mirrored "$pin_url") gave is not $1 $pin_version: its SHA-256 is $digest, pinned is $pin_value. It was thrown away" \
    "$1: $(mirrored "$pin_url")이(가) 준 것은 $1 $pin_version이(가) 아니다. SHA-256은 $digest, 고정된 값은 $pin_value이다. 버렸다"
}

# The address on the mirror, where one is named: the host becomes the first folder.
mirrored() {
  if [ -n "${SVCLAB_MIRROR:-}" ]; then printf '%s/%s' "${SVCLAB_MIRROR%/}" "${1#https://}"; else printf '%s' "$1"; fi
}

# Downloads the address $1 to the file $2; curl's exit code.
fetch() {
  local from protocols='=https'
  if ! have curl || [ ! -e /etc/ssl/certs/ca-certificates.crt ]; then install_packages curl ca-certificates; fi
  from=$(mirrored "$1")
  # What is held against a digest or a fingerprint may come from a mirror on any transport.
  if [ -n "${SVCLAB_MIRROR:-}" ]; then protocols='=https,http,file'; fi
  say "$step: fetching $from" "$step: $from 을(를) 가져온다"
  logged curl --disable --proto "$protocols" --tlsv1.2 --fail --location --silent --show-error --connect-timeout 20 --speed-limit 1000 --speed-time 60 \
    --retry 3 --output "$2" "$from"
}

# curl(1), EXIT CODES.
download_fault() {
  case $1 in
    23) text 'the disk is full, or cannot be written' '디스크가 가득 찼거나 쓸 수 없다' ;;
    22 | 37) text 'the server does not have it' '서버에 없다' ;;
    35 | 51 | 58 | 60 | 77) text 'the TLS connection could not be trusted' 'TLS 연결을 믿을 수 없다' ;;
    *) text 'the network was lost, or the server was not reached: look at it, and at a proxy' '네트워크가 끊겼거나 서버에 닿지 않는다. 네트워크와 프록시를 확인하라' ;;
  esac
}

# Builds the Go package $1 in the version of the pin; fails where there is no package, no fitting Go, or it cannot be built.
go_program() {
  [ -n "$1" ] && have go || return 1
  say "$step: building $1@$pin_version with Go, which checks it against its checksum database" "$step: Go로 $1@$pin_version 을(를) 빌드한다. Go가 체크섬 데이터베이스로 검증한다"
  # Whatever this machine's settings say, the checksum database is asked.
  logged env CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-modcacherw GOSUMDB=sum.golang.org GONOSUMDB='' GOPRIVATE='' GOINSECURE='' GOBIN="$made/go" \
    HOME="${HOME:-/root}" go install "$1@$pin_version" || return 1
  mv "$made/go/"* "$made/program"
}
