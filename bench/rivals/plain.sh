#!/bin/bash
# The same wiring as a student's script would do it: one command a line, one after the other. Run inside a sandbox of its own
# (bench/rivals/sandbox.ts).
#
#   plain.sh FOLDER SERVER links     links, routes and servers; one answer from a pod's address
#   plain.sh FOLDER SERVER service   the Service's rules too; one answer through its ClusterIP
set -euo pipefail
set -f
cd "$1"
server=$2
mode=$3

mount -t tmpfs tmpfs /run
mkdir /run/netns
# shellcheck disable=SC2086 # the lines are commands, to be split into words
while read -r line; do ip $line; done <namespaces.batch
while read -r node; do
  ip netns exec "$node" sh ./sysctls.sh
done <nodes
# shellcheck disable=SC2086
while read -r line; do ip $line; done <links.batch
while read -r namespace; do
  # shellcheck disable=SC2086
  while read -r line; do ip -n "$namespace" $line; done <"inside/$namespace"
done <namespaces
if [ "$mode" = service ]; then
  while read -r node; do
    ip netns exec "$node" iptables-nft-restore --noflush <"rules/$node"
  done <nodes
fi
while read -r namespace hostname; do
  ip netns exec "$namespace" perl "$server" "$hostname" &
done <servers

read -r namespace address <"ask-$mode"
until ip netns exec "$namespace" curl -sf --max-time 1 "http://$address/"; do sleep 0.002; done
