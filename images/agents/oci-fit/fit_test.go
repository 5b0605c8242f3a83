package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

var poor = means{
	missing:    map[string]bool{"CAP_SYS_RESOURCE": true},
	oomScore:   0,
	hardLimits: map[string]uint64{"RLIMIT_NOFILE": 4096},
}

const asked = `{"process":{"args":["true"],"oomScoreAdj":-500,"big":12345678901234567890,
	"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],"effective":["CAP_SYS_RESOURCE"]},
	"rlimits":[{"type":"RLIMIT_NOFILE","soft":1024,"hard":1048576},{"type":"RLIMIT_CORE","soft":1,"hard":2}]},"root":{"path":"rootfs"}}`

const fitted = `{"process":{"args":["true"],"oomScoreAdj":0,"big":12345678901234567890,
	"capabilities":{"bounding":["CAP_CHOWN"],"effective":[]},
	"rlimits":[{"type":"RLIMIT_NOFILE","soft":1024,"hard":4096},{"type":"RLIMIT_CORE","soft":1,"hard":2}]},"root":{"path":"rootfs"}}`

func parsed(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func bundle(t *testing.T, name, text string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCreateTakesOnlyWhatIsMissing(t *testing.T) {
	for _, args := range [][]string{
		{"--root", "create", "--log=x", "--log-format", "json", "create", "--bundle", "BUNDLE", "--pid-file", "p", "id"},
		{"run", "-b=BUNDLE", "id"},
	} {
		folder := bundle(t, "config.json", asked)
		for i := range args {
			switch args[i] {
			case "BUNDLE":
				args[i] = folder
			case "-b=BUNDLE":
				args[i] = "-b=" + folder
			}
		}
		if err := fitBundle(args, poor); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(folder, "config.json")); !reflect.DeepEqual(parsed(t, got), parsed(t, fitted)) {
			t.Fatalf("%v: %s", args, got)
		}
	}
}

func TestExecChangesTheProcessFile(t *testing.T) {
	folder := bundle(t, "process", `{"capabilities":{"bounding":["CAP_SYS_RESOURCE","CAP_KILL"]}}`)
	file := filepath.Join(folder, "process")
	if err := fitBundle([]string{"exec", "--process", file, "--detach", "id"}, poor); err != nil {
		t.Fatal(err)
	}
	if got := read(t, file); got != `{"capabilities":{"bounding":["CAP_KILL"]}}` {
		t.Fatal(got)
	}
}

func TestAMachineWithEverythingChangesNothing(t *testing.T) {
	folder := bundle(t, "config.json", asked)
	if err := fitBundle([]string{"create", "--bundle", folder, "id"}, means{resource: true}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(folder, "config.json")); got != asked {
		t.Fatal(got)
	}
}

func TestOtherCommandsAreLeftAlone(t *testing.T) {
	for _, args := range [][]string{{"state", "id"}, {"exec", "id", "true"}, {"--version"}, {}} {
		if err := fitBundle(args, poor); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
}

func TestMissingFrom(t *testing.T) {
	missing, err := missingFrom("Name:\tx\nCapBnd:\t000001fffeffffff\n")
	if err != nil || !reflect.DeepEqual(missing, map[string]bool{"CAP_SYS_RESOURCE": true}) {
		t.Fatalf("%v %v", missing, err)
	}
	if missing, err = missingFrom("CapBnd:\t000001ffffffffff\n"); err != nil || len(missing) != 0 {
		t.Fatalf("%v %v", missing, err)
	}
	if _, err = missingFrom("Name:\tx\n"); err == nil {
		t.Fatal("a status without the line is no answer")
	}
}
