# shellcheck shell=bash
# What init_cfg.sh says: results on stdout, messages on stderr, in English or Korean as the locale has it.

language=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}

# The first text in English, the second in Korean.
text() {
  case $language in
    ko*) printf '%s\n' "$2" ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# A signal may come while a command's output goes into a log: what is said goes to stderr all the same.
exec 8>&2

say() {
  printf 'init_cfg: %s\n' "$(text "$1" "$2")" >&8
}

# Ends the script: exit code, English, Korean. A step that failed names itself, shows the last words of its log, and says where it lies.
fail() {
  local code=$1 said
  said=$(text "$2" "$3")
  if [ -n "${log:-}" ] && [ -s "$log" ]; then
    tail -n 20 "$log" >&8
    said+=$(text "
The log: $log. When that is mended, type the same command again: it goes on from here." "
로그: $log. 고친 뒤 같은 명령을 다시 실행하면 여기서부터 이어 간다.")
  fi
  if [ -n "${step:-}" ]; then say "step $step failed: $said" "$step 단계가 실패했다: $said"; else say "$said" "$said"; fi
  exit "$code"
}

# Used by the steps' checks: each thing that is looked at is either there or lacking. `missing` collects the names of what is lacking.
missing=()
wrong=''

there() {
  if [ "$mode" = check ]; then printf '%-8s %-8s %-18s %s\n' "$step" "$(text there 있음)" "$1" "$2"; fi
}

# What this script does not bring, and is not counted as missing: the name and why.
left_out() {
  if [ "$mode" = check ]; then printf '%-8s %-8s %-18s %s\n' "$step" "$(text 'left out' 제외)" "$1" "$2"; fi
}

# The name, what is wrong, and what would be done in English and Korean.
lacks() {
  missing+=("$1")
  # shellcheck disable=SC2034
  wrong=$2
  if [ "$mode" = check ]; then printf '%-8s %-8s %-18s %s\n' "$step" "$(text missing 없음)" "$1" "$2; $(text "would do: $3" "할 일: $4")"; fi
}
