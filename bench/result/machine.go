package result

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Machine describes the machine and the build that made a report.
type Machine struct {
	System   string `json:"system"` // operating system and processor kind
	CPU      string `json:"cpu,omitempty"`
	Cores    int    `json:"cores"`
	Memory   int64  `json:"memory,omitempty"`
	Kernel   string `json:"kernel,omitempty"`
	Governor string `json:"governor,omitempty"` // of the cores' frequency; empty if unknown
	Load     string `json:"load,omitempty"`     // the machine's load average over a minute, when the report was begun
	// Steal is the share of processor time since boot that other virtual machines took, 0 to 1.
	Steal   float64 `json:"steal,omitempty"`
	Virtual bool    `json:"virtual,omitempty"`
	Go      string  `json:"go"`
	Commit  string  `json:"commit,omitempty"`
	Dirty   bool    `json:"dirty,omitempty"` // built from a changed tree
}

// Facts describes this machine and this program. commit is the one set by the linker, if any.
func Facts(commit string) Machine {
	m := Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version(), Commit: commit}
	m.Kernel = firstLine("/proc/sys/kernel/osrelease")
	m.Governor = firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	m.Steal = steal(firstLine("/proc/stat"))
	m.Load, _, _ = strings.Cut(firstLine("/proc/loadavg"), " ")
	for l := range strings.Lines(readAll("/proc/cpuinfo")) {
		name, v, _ := strings.Cut(l, ":")
		switch strings.TrimSpace(name) {
		case "model name":
			m.CPU = strings.TrimSpace(v)
		case "flags":
			m.Virtual = m.Virtual || strings.Contains(v, " hypervisor")
		}
	}
	for l := range strings.Lines(readAll("/proc/meminfo")) {
		if v, ok := strings.CutPrefix(l, "MemTotal:"); ok {
			for _, c := range strings.TrimSpace(v) {
				if c < '0' || c > '9' {
					break
				}
				m.Memory = m.Memory*10 + int64(c-'0')
			}
			m.Memory <<= 10
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && (m.Commit == "" || m.Commit == "unknown"):
				m.Commit = s.Value[:min(12, len(s.Value))]
			case s.Key == "vcs.modified":
				m.Dirty = s.Value == "true"
			}
		}
	}
	return m
}

// String names the build and the machine.
func (m Machine) String() string {
	changes := ""
	if m.Dirty {
		changes = " with changes"
	}
	return fmt.Sprintf("commit %s%s, %d cores (%s), %s, kernel %s, %s", m.Commit, changes, m.Cores, m.CPU, FormatBytes(float64(m.Memory)), m.Kernel, m.Go)
}

func readAll(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

func firstLine(path string) string {
	l, _, _ := strings.Cut(readAll(path), "\n")
	return l
}
