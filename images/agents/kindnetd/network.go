package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const chain = "KIND-MASQ-AGENT"

// The CNI configuration (CNI spec 0.3.1) of a node whose pods have addresses of `subnet`: a veth pair for each pod without a bridge, and host ports.
func cniConfig(subnet string) ([]byte, error) {
	type object = map[string]any
	return json.MarshalIndent(object{
		"cniVersion": "0.3.1",
		"name":       "kindnet",
		"plugins": []object{
			{
				"type":   "ptp",
				"ipMasq": false,
				"ipam": object{
					"type":    "host-local",
					"dataDir": "/run/cni-ipam-state",
					"routes":  []object{{"dst": "0.0.0.0/0"}},
					"ranges":  [][]object{{{"subnet": subnet}}},
				},
				"mtu": 1500,
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	}, "", "  ")
}

// Writes the configuration of a subnet that is not the one last written.
func writeOnce(file, subnet string, written *string) error {
	if *written == subnet {
		return nil
	}
	if err := writeCNI(file, subnet); err != nil {
		return err
	}
	*written = subnet
	return nil
}

// The node is Ready as soon as this file is there: it appears whole, or not at all.
func writeCNI(file, subnet string) error {
	wanted, err := cniConfig(subnet)
	if err != nil {
		return err
	}
	if present, err := os.ReadFile(file); err == nil && bytes.Equal(present, wanted) {
		return nil
	}
	// A name that the runtime does not take for a configuration.
	if err := os.WriteFile(file+".part", wanted, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

// Rules of the chain: what stays among the pods keeps its address, what leaves takes the node's.
func chainRules(podSubnets []string) []string {
	rules := []string{}
	for _, subnet := range podSubnets {
		if !strings.Contains(subnet, ":") {
			rules = append(rules, fmt.Sprintf(`-A %s -d %s -m comment --comment "kind-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN`, chain, subnet))
		}
	}
	return append(rules, fmt.Sprintf(
		`-A %s -m comment --comment "kind-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE`, chain))
}

var jump = []string{"POSTROUTING", "-m", "addrtype", "!", "--dst-type", "LOCAL", "-m", "comment", "--comment",
	"kind-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom " + chain + " chain", "-j", chain}

// Puts the rules in place where they are not: rules that are there keep their counters.
func masquerade(ctx context.Context, podSubnets []string) error {
	if run(ctx, "", "iptables", append([]string{"-w", "-t", "nat", "-C"}, jump...)...) == nil {
		return nil
	}
	text := fmt.Sprintf("*nat\n:%s - [0:0]\n%s\nCOMMIT\n", chain, strings.Join(chainRules(podSubnets), "\n"))
	if err := run(ctx, text, "iptables-restore", "-w", "--noflush"); err != nil {
		return err
	}
	return run(ctx, "", "iptables", append([]string{"-w", "-t", "nat", "-A"}, jump...)...)
}

func run(ctx context.Context, input string, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Stdin = strings.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Whether a Service answers before time is over. A pod that comes before kube-proxy's rules loses more than a packet: its connection stays in the table of
// connections untranslated, and its client waits for half a minute (CoreDNS for the API server: client-go dials that long).
//
// The hop limit keeps what is sent in vain on this machine: translated, it has no router to pass.
func answers(ctx context.Context, address string, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dialer := net.Dialer{Timeout: 300 * time.Millisecond, Control: func(_, _ string, connection syscall.RawConn) error {
		var failed error
		err := connection.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_TTL, 1)
		})
		return errors.Join(err, failed)
	}}
	for {
		if connection, err := dialer.DialContext(ctx, "tcp4", address); err == nil {
			connection.Close()
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(100 * time.Millisecond):
		}
	}
}
