# shellcheck shell=bash
# kind, the kernel's settings that its nodes need, and with --offline the images.

# https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
inotify_limits=(max_user_instances=512 max_user_watches=524288)
inotify_file=/etc/sysctl.d/60-svclab-kind.conf

kind_check() {
  local found
  pin_of kind
  found=$(kind version 2>/dev/null | sed -n 's/^kind \(v[^ ]*\).*/\1/p') || found=''
  if [ "$found" = "$pin_version" ]; then
    there kind "$found $(command -v kind)"
  else
    lacks kind "$(text "wanted $pin_version, found ${found:-none}" "$pin_version이(가) 있어야 하는데 ${found:-없다}")" "$(program_plan kind sigs.k8s.io/kind)" "$(program_plan kind sigs.k8s.io/kind)"
  fi
  check_inotify
  if [ -n "$offline" ]; then check_images; fi
}

kind_install() {
  local thing
  for thing in "${missing[@]}"; do
    case $thing in
      kind) install_program kind sigs.k8s.io/kind '' ;;
      fs.inotify) raise_inotify ;;
      images) load_images ;;
    esac
  done
}

# A limit that is higher already is right, and is never lowered.
check_inotify() {
  local limit name value now low=()
  for limit in "${inotify_limits[@]}"; do
    name=${limit%=*} value=${limit#*=}
    now=$(cat "/proc/sys/fs/inotify/$name" 2>/dev/null || echo 0)
    if [ "$now" -lt "$value" ]; then low+=("$name=$now"); fi
  done
  if [ ${#low[@]} -eq 0 ]; then
    there fs.inotify "$(text 'limits high enough' '한도가 충분하다')"
  else
    lacks fs.inotify "$(text "too low: ${low[*]}" "낮다: ${low[*]}")" "raise to ${inotify_limits[*]}, kept in $inotify_file" "${inotify_limits[*]}(으)로 올리고 $inotify_file에 남긴다"
  fi
}

# The file keeps the higher of what is wanted and what is: what another program raised must not fall at the next boot.
raise_inotify() {
  local limit name value now lines='# Written by svclab: the nodes of a kind cluster need these.'
  for limit in "${inotify_limits[@]}"; do
    name=${limit%=*} value=${limit#*=}
    now=$(cat "/proc/sys/fs/inotify/$name" 2>/dev/null || echo 0)
    lines+=$(printf '\nfs.inotify.%s = %s' "$name" $((now > value ? now : value)))
    [ "$now" -ge "$value" ] || { printf '%s\n' "$value" >"/proc/sys/fs/inotify/$name"; } 2>>"$log" ||
      fail 4 "the kernel did not take fs.inotify.$name=$value: in a container, it is set on the machine outside" "커널이 fs.inotify.$name=$value 을(를) 받지 않았다. 컨테이너라면 바깥 머신에서 설정하라"
  done
  put_text "$inotify_file" <<<"$lines"
}

# The images of the archive that lies in the folder: each name in it must be known to the engine.
check_images() {
  local name lacking=0 count=0
  in_offline 'images/*.tar'
  [ -n "$found_offline" ] || return 0
  for name in $(archive_images); do
    count=$((count + 1))
    docker image inspect "$name" >/dev/null 2>&1 || lacking=$((lacking + 1))
  done
  if [ "$lacking" -eq 0 ] && [ "$count" -gt 0 ]; then
    there images "$count"
  else
    lacks images "$(text "the engine lacks $lacking of $count" "엔진에 $count개 가운데 $lacking개가 없다")" "docker load from $found_offline" "$found_offline 에서 docker load"
  fi
}

# The names in the list that `docker save` writes.
archive_images() {
  tar -xOf "$found_offline" manifest.json 2>/dev/null | grep -o '"RepoTags":\[[^]]*\]' | grep -o '"[^",:]*[/a-z0-9][^",]*:[^",]*"' | tr -d '"' | grep -v '^RepoTags' | sort -u
}

load_images() {
  in_offline 'images/*.tar'
  verify_offline
  say "$step: giving the images to the engine" "$step: 엔진에 이미지를 넣는다"
  logged docker load --quiet --input "$found_offline" || fail 4 'the engine did not take the images: is it running, and has the disk space?' '엔진이 이미지를 받지 않았다. 엔진이 실행 중인지, 디스크에 공간이 있는지 보라'
}
