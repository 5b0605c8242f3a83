// An OCI runtime that runs runc after taking from each bundle what this machine cannot give: capabilities that its bounding set lacks, and,
// where CAP_SYS_RESOURCE is among them, a lower OOM score and higher limits than its own. Where nothing is missing it changes nothing.
// It reads its arguments as runc does (runc(8)): `create` and `run` name a bundle folder, `exec` may name a process file.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The real runtime: the first of these that is there, or what OCI_FIT_RUNTIME names.
var runtimes = []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc"}

func main() {
	have, err := ownMeans()
	if err == nil {
		err = fitBundle(os.Args[1:], have)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "oci-fit:", err)
		os.Exit(1)
	}
	runtime := realRuntime()
	err = syscall.Exec(runtime, append([]string{runtime}, os.Args[1:]...), os.Environ())
	fmt.Fprintf(os.Stderr, "oci-fit: %s: %v\n", runtime, err)
	os.Exit(1)
}

func realRuntime() string {
	if named := os.Getenv("OCI_FIT_RUNTIME"); named != "" {
		return named
	}
	for _, path := range runtimes {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return runtimes[0]
}

func fitBundle(args []string, have means) error {
	if have.lacksNothing() {
		return nil
	}
	switch command, rest := split(args); command {
	case "create", "run":
		bundle := option(rest, "bundle", "b")
		if bundle == "" {
			bundle = "."
		}
		return rewrite(filepath.Join(bundle, "config.json"), func(config map[string]any) {
			if process, ok := config["process"].(map[string]any); ok {
				fitProcess(process, have)
			}
		})
	case "exec":
		if file := option(rest, "process", "p"); file != "" {
			return rewrite(file, func(process map[string]any) { fitProcess(process, have) })
		}
	}
	return nil
}

// Global options of runc that take a value as an argument of its own.
var valued = map[string]bool{"root": true, "log": true, "log-format": true, "criu": true, "rootless": true}

// Splits runc's arguments into the subcommand's name and what comes after it.
func split(args []string) (string, []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if !strings.HasPrefix(arg, "-") {
			return arg, args[i+1:]
		}
		if valued[strings.TrimLeft(arg, "-")] {
			i++
		}
	}
	return "", nil
}

// The value of an option, written as `--long value`, `--long=value`, `-s value` or `-s=value`.
func option(args []string, long, short string) string {
	for i, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		name, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if name != long && name != short {
			continue
		}
		if joined {
			return value
		}
		if i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func rewrite(file string, change func(map[string]any)) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	change(document)
	changed, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return os.WriteFile(file, changed, 0o600)
}
