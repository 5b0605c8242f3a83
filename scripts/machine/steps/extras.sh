# shellcheck shell=bash
# What makes a shell for the course: helm, kubectx and kubens, kubecolor, completion, the prompt with the cluster's name, and the tools of the ipvs mode.

extras_profile=/etc/profile.d/svclab.sh
bash_completions=/usr/local/share/bash-completion/completions
zsh_completions=/usr/local/share/zsh/site-functions

# Each has a command of its name, but for the first.
extras_packages=(bash-completion kubectx kubecolor ipset ipvsadm)

extras_check() {
  local line package found
  for package in "${extras_packages[@]}"; do
    if have "$package" || is_installed "$package"; then
      there "$package" "$(command -v "$package" || true)"
    elif [ "$package" = kubecolor ] && not_packaged kubecolor; then
      left_out kubecolor "$(text "$pretty has no such package" "$pretty에 그런 패키지가 없다")"
    else
      lacks "$package" "$(text 'not found' '없다')" "apt-get install $package" "apt-get install $package"
    fi
  done
  pin_of helm
  found=$(helm version --template '{{.Version}}' 2>/dev/null) || found=''
  # Any helm 3 does; a newer one than the pinned is not replaced.
  if [[ $found == v3.* ]]; then there helm "$found"; else lacks helm "$(text "wanted 3, found ${found:-none}" "3이 있어야 하는데 ${found:-없다}")" "$(program_plan helm helm.sh/helm/v3/cmd/helm)" "$(program_plan helm helm.sh/helm/v3/cmd/helm)"; fi
  check_text svclab /usr/local/bin/svclab svclab_command
  check_text prompt "$extras_profile" profile
  for line in kubectl kind helm svclab; do
    if [ "$line" = svclab ] || have "$line"; then
      check_text "$line-bash" "$bash_completions/$line" completion bash "$line"
      check_text "$line-zsh" "$zsh_completions/_$line" completion zsh "$line"
    fi
  done
  check_kube_ps1
}

extras_install() {
  local thing packages=()
  for thing in "${missing[@]}"; do
    if [[ " ${extras_packages[*]} " == *" $thing "* ]]; then packages+=("$thing"); fi
  done
  if [ ${#packages[@]} -gt 0 ]; then install_extra_packages "${packages[@]}"; fi
  if [[ " ${missing[*]} " == *' helm '* ]]; then install_program helm helm.sh/helm/v3/cmd/helm "linux-$architecture/helm"; fi
  if [[ " ${missing[*]} " == *' kube-ps1 '* ]]; then install_kube_ps1; fi
  put_generated svclab_command /usr/local/bin/svclab 755
  put_generated profile "$extras_profile" 644
  for thing in kubectl kind helm svclab; do
    if [ "$thing" = svclab ] || have "$thing"; then
      put_generated "completion bash $thing" "$bash_completions/$thing" 644
      put_generated "completion zsh $thing" "$zsh_completions/_$thing" 644
    fi
  done
}

# kubecolor is in Debian, and not in every Ubuntu: there it is left out.
install_extra_packages() {
  local package packages=()
  if [ -n "$offline" ]; then offline_repository; elif ! has_package_lists; then patiently apt update || true; fi
  for package; do
    if [ "$package" != kubecolor ] || ! not_packaged kubecolor; then packages+=("$package"); fi
  done
  [ ${#packages[@]} -eq 0 ] || install_packages "${packages[@]}"
}

# Whether the distribution is known to have no such package; without lists nothing is known.
not_packaged() {
  [ -z "$offline" ] && has_package_lists || return 1
  candidate_of "$1"
  [ -z "$candidate" ]
}

# A file that this script generates: the name of it, where it lies, and the function with its arguments that prints it.
check_text() {
  local name=$1 file=$2
  shift 2
  if [ -f "$file" ] && cmp -s <("$@") "$file"; then there "$name" "$file"; else lacks "$name" "$(text "$file is not there, or of another version" "$file 이(가) 없거나 다른 버전이다")" "write $file" "$file 을(를) 쓴다"; fi
}

put_generated() {
  local words
  read -ra words <<<"$1"
  if [ -f "$2" ] && cmp -s <("${words[@]}") "$2"; then return 0; fi
  "${words[@]}" | put_text "$2" "$3"
}

svclab_command() {
  cat <<COMMAND
#!/bin/sh
# Written by svclab's init_cfg.sh: the checkout's own program, under the name that the documents use.
exec node '${here//\'/\'\\\'\'}/scripts/bootstrap.mjs' svclab "\$@"
COMMAND
}

# svclab says its own completion when it is asked for the first time: it need not be built yet when a machine is set up.
completion() {
  case $2 in
    svclab) if [ "$1" = zsh ]; then printf '#compdef svclab\n'; fi
      printf "# shellcheck shell=bash\nif [ -e '%s/build/.svclab-stamp' ]; then . <(svclab completion %s 2>/dev/null); fi\n" "$here" "$1" ;;
    *) "$2" completion "$1" 2>/dev/null ;;
  esac
}

profile() {
  cat "$machine/profile.sh"
}

# Nobody has established a digest of kube-ps1: until then profile.sh draws a prompt of the same look. One that is pinned or lies in the folder is taken.
check_kube_ps1() {
  local file=/usr/local/lib/svclab/kube-ps1.sh wanted=''
  pin_of kube-ps1
  if [ -n "$offline" ]; then in_offline bin/kube-ps1.sh && wanted=$found_offline; else wanted=$pin_value; fi
  if [ -e "$file" ]; then
    there kube-ps1 "$file"
  elif [ -n "$wanted" ]; then
    lacks kube-ps1 "$(text 'not found' '없다')" "fetch kube-ps1 $pin_version" "kube-ps1 $pin_version 을(를) 가져온다"
  else
    left_out kube-ps1 "$(text "$extras_profile draws the prompt instead: $(how_to_pin kube-ps1)" "$extras_profile이(가) 프롬프트를 대신 그린다: $(how_to_pin kube-ps1)")"
  fi
}

install_kube_ps1() {
  pin_of kube-ps1
  make_scratch /usr/local/lib/svclab
  if [ -n "$offline" ]; then
    verify_offline
    in_offline bin/kube-ps1.sh
    cp "$found_offline" "$made/kube-ps1"
  else
    fetch "$pin_url" "$made/kube-ps1" || fail 4 "kube-ps1 could not be downloaded: $(download_fault $?)" "kube-ps1을 내려받지 못했다: $(download_fault $?)"
    holds_digest kube-ps1 "$made/kube-ps1"
  fi
  put_file "$made/kube-ps1" /usr/local/lib/svclab/kube-ps1.sh 644
}
