package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestCNIFileIsWholeAndWrittenOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "10-kindnet.conflist")
	if err := writeCNI(file, "10.10.2.0/24"); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Plugins []struct {
			Type string
			IPAM struct{ Ranges [][]struct{ Subnet string } }
		}
	}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	if len(config.Plugins) != 2 || config.Plugins[0].Type != "ptp" || config.Plugins[0].IPAM.Ranges[0][0].Subnet != "10.10.2.0/24" {
		t.Fatalf("%+v", config)
	}
	if err := writeCNI(file, "10.10.2.0/24"); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(file); err != nil || !os.SameFile(before, after) {
		t.Fatal("the same content was written again")
	}
	if exists(file + ".part") {
		t.Fatal("a part stayed behind")
	}
}

func TestChainRules(t *testing.T) {
	rules := chainRules([]string{"10.10.0.0/16", "fd00::/64"})
	wanted := []string{
		`-A KIND-MASQ-AGENT -d 10.10.0.0/16 -m comment --comment "kind-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN`,
		`-A KIND-MASQ-AGENT -m comment --comment "kind-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE`,
	}
	if !reflect.DeepEqual(rules, wanted) {
		t.Fatalf("%q", rules)
	}
}

func TestNodeFields(t *testing.T) {
	var list nodeList
	text := `{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"},"spec":{"podCIDRs":["fd00::/64","10.10.1.0/24"]},
		"status":{"addresses":[{"type":"Hostname","address":"a"},{"type":"InternalIP","address":"fc00::2"},{"type":"InternalIP","address":"172.18.0.2"}]}}]}`
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	if got := list.Items[0].podSubnets(); !reflect.DeepEqual(got, []string{"10.10.1.0/24"}) {
		t.Fatal(got)
	}
	if got := list.Items[0].internalAddress(); got != "172.18.0.2" {
		t.Fatal(got)
	}
	if got := (node{}).internalAddress(); got != "" {
		t.Fatal(got)
	}
}

func TestWhatRoutesDependOn(t *testing.T) {
	parse := func(text string) node {
		t.Helper()
		var result node
		if err := json.Unmarshal([]byte(text), &result); err != nil {
			t.Fatal(err)
		}
		return result
	}
	before := parse(`{"spec":{"podCIDRs":["10.10.1.0/24"]},"status":{"addresses":[{"type":"InternalIP","address":"172.18.0.2"}],"conditions":[{"type":"Ready"}]}}`)
	same := parse(`{"spec":{"podCIDRs":["10.10.1.0/24"]},"status":{"addresses":[{"type":"InternalIP","address":"172.18.0.2"}]}}`)
	moved := parse(`{"spec":{"podCIDRs":["10.10.1.0/24"]},"status":{"addresses":[{"type":"InternalIP","address":"172.18.0.3"}]}}`)
	without := parse(`{"status":{"addresses":[{"type":"InternalIP","address":"172.18.0.2"}]}}`)
	if before.summary() != same.summary() {
		t.Fatal("a report of the node's state is no reason to look again")
	}
	if before.summary() == moved.summary() || before.summary() == without.summary() {
		t.Fatal("an address or a range that changes is one")
	}
}

func TestCNIFileThatSomebodyElseChangedIsLeftAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "10-kindnet.conflist")
	var written string
	for _, step := range []struct{ subnet, found string }{
		{"10.10.2.0/24", "10.10.2.0/24"},
		{"10.10.2.0/24", "changed"},
		{"10.10.3.0/24", "10.10.3.0/24"},
	} {
		if step.found == "changed" {
			if err := os.WriteFile(file, []byte("changed"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := writeOnce(file, step.subnet, &written); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(file); err != nil || !bytes.Contains(text, []byte(step.found)) {
			t.Fatalf("%s: %s", step.found, text)
		}
	}
}

func TestAServiceIsWaitedFor(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if !answers(context.Background(), address, time.Minute) {
		t.Fatal("it answers, and was not heard")
	}
	listener.Close()
	if answers(context.Background(), address, 300*time.Millisecond) {
		t.Fatal("nobody answers, and somebody was heard")
	}
	later := make(chan net.Listener)
	go func() {
		time.Sleep(200 * time.Millisecond)
		listener, _ := net.Listen("tcp4", address)
		later <- listener
	}()
	if !answers(context.Background(), address, time.Minute) {
		t.Fatal("it answers now, and was not heard")
	}
	(<-later).Close()
	ended, end := context.WithCancel(context.Background())
	end()
	if answers(ended, address, time.Minute) {
		t.Fatal("nobody waits any more")
	}
}
