#!/bin/bash
# The least that this wiring takes from a shell: all texts are ready beforehand, one `ip -batch` a namespace, one iptables-restore a node,
# whatever can go side by side does. Run inside a sandbox of its own (bench/rivals/sandbox.ts).
#
#   batch.sh FOLDER SERVER links     links, routes and servers; one answer from a pod's address
#   batch.sh FOLDER SERVER service   the Service's rules too; one answer through its ClusterIP
set -euo pipefail
cd "$1"
server=$2
mode=$3

mount -t tmpfs tmpfs /run
mkdir /run/netns
ip -batch namespaces.batch
while read -r node; do
  if [ "$mode" = service ]; then
    ip netns exec "$node" sh -c '. ./sysctls.sh; exec iptables-nft-restore --noflush' <"rules/$node" &
  else
    ip netns exec "$node" sh ./sysctls.sh &
  fi
done <nodes
ip -batch links.batch
for file in inside/*; do
  ip -n "${file#inside/}" -batch "$file" &
done
while read -r namespace hostname; do
  ip netns exec "$namespace" perl "$server" "$hostname" &
  servers+=("$!")
done <servers

# Everything but the servers, which stay.
for job in $(jobs -p); do
  case " ${servers[*]} " in *" $job "*) ;; *) wait "$job" ;; esac
done
read -r namespace address <"ask-$mode"
until ip netns exec "$namespace" curl -sf --max-time 1 "http://$address/"; do sleep 0.002; done
