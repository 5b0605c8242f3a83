# shellcheck shell=bash
# The operating system's tools, from the one list of them.

tools_check() {
  local package commands command lacking words
  while IFS='|' read -r package commands _; do
    package=${package// /}
    [[ $package != '#'* && -n $package ]] || continue
    lacking=''
    read -ra words <<<"$commands"
    for command in "${words[@]}"; do have "$command" || lacking+=" $command"; done
    if [ -z "$lacking" ]; then there "$package" "${words[*]}"; else lacks "$package" "$(text "not found:$lacking" "없는 명령:$lacking")" "apt-get install $package" "apt-get install $package"; fi
  done <"$here/scripts/tools.txt"
}

tools_install() {
  install_packages "${missing[@]}"
}
