# shellcheck shell=bash
# kubectl of the Kubernetes version that the labs are about.

kubectl_check() {
  local found
  pin_of kubectl
  found=$(kubectl version --client --output=json 2>/dev/null | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p' | head -n 1) || found=''
  case $found in
    "${pin_version%.*}".*) there kubectl "$found $(command -v kubectl)" ;;
    *) lacks kubectl "$(text "wanted ${pin_version%.*}, found ${found:-none}" "${pin_version%.*}이(가) 있어야 하는데 ${found:-없다}")" "$(program_plan kubectl '')" "$(program_plan kubectl '')" ;;
  esac
}

kubectl_install() {
  # Kubernetes' own module cannot be built by `go install`: it replaces its parts with folders.
  install_program kubectl '' ''
}
