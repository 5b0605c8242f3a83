package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// What this process may hand on to a container.
type means struct {
	// Names of the capabilities that the bounding set lacks.
	missing map[string]bool
	// CAP_SYS_RESOURCE is there: any OOM score and any limit may be set (capabilities(7)).
	resource bool
	// The own OOM score: without the capability it may be raised, never lowered.
	oomScore int64
	// The own hard limits by their names in OCI configurations.
	hardLimits map[string]uint64
}

func (m means) lacksNothing() bool { return len(m.missing) == 0 }

// Capability names by their numbers, include/uapi/linux/capability.h of Linux 6.1.
var capabilities = strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
	NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
	SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
	WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`)

// Limit names by their numbers, include/uapi/asm-generic/resource.h.
var limits = strings.Fields(`CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME`)

func ownMeans() (means, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return means{}, err
	}
	missing, err := missingFrom(string(status))
	if err != nil {
		return means{}, err
	}
	score, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return means{}, err
	}
	oomScore, err := strconv.ParseInt(strings.TrimSpace(string(score)), 10, 64)
	if err != nil {
		return means{}, err
	}
	hard := map[string]uint64{}
	for number, name := range limits {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(number, &limit); err == nil {
			hard["RLIMIT_"+name] = limit.Max
		}
	}
	return means{missing: missing, resource: !missing["CAP_SYS_RESOURCE"], oomScore: oomScore, hardLimits: hard}, nil
}

// Reads the line `CapBnd:` of a process's status (proc(5)): the known capabilities that are not in it.
func missingFrom(status string) (map[string]bool, error) {
	for _, line := range strings.Split(status, "\n") {
		value, found := strings.CutPrefix(line, "CapBnd:")
		if !found {
			continue
		}
		bounding, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err != nil {
			return nil, err
		}
		missing := map[string]bool{}
		for number, name := range capabilities {
			if bounding&(1<<number) == 0 {
				missing["CAP_"+name] = true
			}
		}
		return missing, nil
	}
	return nil, fmt.Errorf("no line CapBnd in /proc/self/status")
}
