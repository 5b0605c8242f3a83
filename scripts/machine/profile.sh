# shellcheck shell=bash
# Written by svclab's init_cfg.sh into /etc/profile.d: short names, colours, and the cluster and namespace in the prompt. For interactive shells of
# bash and zsh alone; it changes nothing that a script sees.
# shellcheck disable=SC2016
case $- in *i*) ;; *) return 0 ;; esac
[ -n "${BASH_VERSION:-}${ZSH_VERSION:-}" ] || return 0

if command -v kubectl >/dev/null; then
  alias k=kubectl
  if command -v kubecolor >/dev/null; then alias kubectl=kubecolor; fi
  if [ -n "${BASH_VERSION:-}" ]; then
    # shellcheck source=/dev/null
    if [ -r /usr/share/bash-completion/bash_completion ]; then . /usr/share/bash-completion/bash_completion; fi
    if [ -r /usr/local/share/bash-completion/completions/kubectl ]; then
      # shellcheck source=/dev/null
      . /usr/local/share/bash-completion/completions/kubectl
      complete -o default -F __start_kubectl k
    fi
  fi

  if [ -r /usr/local/lib/svclab/kube-ps1.sh ]; then
    # shellcheck source=/dev/null
    . /usr/local/lib/svclab/kube-ps1.sh
  else
    # (⎈|CONTEXT:NAMESPACE), N/A where the context names no namespace; nothing where there is no context.
    kube_ps1() {
      local context namespace
      context=$(command kubectl config current-context 2>/dev/null) || return 0
      namespace=$(command kubectl config view --minify --output 'jsonpath={..namespace}' 2>/dev/null)
      printf '(⎈|%s:%s) ' "$context" "${namespace:-N/A}"
    }
  fi
  if [ -n "${BASH_VERSION:-}" ]; then
    case $PS1 in *kube_ps1*) ;; *) PS1='$(kube_ps1)'$PS1 ;; esac
  else
    setopt PROMPT_SUBST
    case $PROMPT in *kube_ps1*) ;; *) PROMPT='$(kube_ps1)'$PROMPT ;; esac
  fi
fi
