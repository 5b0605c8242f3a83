#!/usr/bin/python3
"""The same wiring with Mininet's Python API, which knows no Services: their rules are loaded as text.

    mininet_topology.py FOLDER SERVER links     links, routes and servers; one answer from a pod's address
    mininet_topology.py FOLDER SERVER service   the Service's rules too; one answer through its ClusterIP

Run inside a sandbox of its own (bench/rivals/sandbox.ts). It says `begin` once its modules are loaded, and ends with the answer.
"""
import json
import sys
import time

from mininet.net import Mininet
from mininet.node import Switch


class Bridge(Switch):
    """A Linux bridge. Mininet's own LinuxBridge needs brctl, and Open vSwitch a daemon: this is quicker than both."""

    def start(self, controllers):
        ports = [port.name for port in self.intfList() if port.name != "lo"]
        enslave = "".join(f"; ip link set {port} master {self.name}" for port in ports)
        self.cmd(f"ip link add {self.name} type bridge{enslave}; ip link set {self.name} up")

    def stop(self, deleteIntfs=True):
        pass


def main(folder, server, mode):
    with open(f"{folder}/topology.json", encoding="utf-8") as file:
        topology = json.load(file)
    print("begin", flush=True)

    # Mininet would raise limits of the whole machine (fs.file-max, net.core.*) first; an experiment of this size needs none of them.
    Mininet.inited = True
    net = Mininet(switch=Bridge, controller=None, build=False)
    bridge = net.addSwitch("kind", dpid="1")
    hosts = {}
    for host in topology["hosts"]:
        hosts[host["name"]] = net.addHost(host["name"], ip=host["address"])
        net.addLink(hosts[host["name"]], bridge, intfName1="eth0")
    for pod in topology["pods"]:
        hosts[pod["name"]] = net.addHost(pod["name"], ip=pod["address"])
        net.addLink(hosts[pod["name"]], hosts[pod["node"]], intfName1="eth0", intfName2=pod["veth"])
    net.build()
    net.start()
    for place in topology["hosts"] + topology["pods"]:
        hosts[place["name"]].cmd("; ".join(place["commands"]))
    if mode == "service":
        for node in topology["nodes"]:
            hosts[node].cmd(f"iptables-nft-restore --noflush < {folder}/rules/{node}")
    for pod in topology["servers"]:
        hosts[pod["name"]].cmd(f"perl {server} {pod['hostname']} &")

    client = hosts[topology["ask"]["from"]]
    while True:
        answer = client.cmd(f"curl -sf --max-time 1 http://{topology['ask'][mode]}/").strip()
        if answer:
            break
        time.sleep(0.002)
    print(answer, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
