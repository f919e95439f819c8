package lru

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fallbackMemory is assumed if the system does not say.
const fallbackMemory = 4 << 30

// AvailableMemory returns the bytes of memory that this process may use: the
// machine's, or the control group's limit where that is smaller.
func AvailableMemory() int64 {
	total := machineMemory()
	if limit := cgroupMemory("/proc/self/cgroup", "/sys/fs/cgroup"); limit < total {
		total = limit
	}
	return total
}

// cgroupMemory returns the least memory limit on the way from the process's
// control group up to the root, for both versions of the hierarchy, or MaxInt64.
func cgroupMemory(membership, root string) int64 {
	limit := int64(math.MaxInt64)
	data, err := os.ReadFile(membership)
	if err != nil {
		return limit
	}
	for line := range strings.Lines(string(data)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		dir, file := root, "memory.max"
		if parts[1] != "" {
			if !strings.Contains(","+parts[1]+",", ",memory,") {
				continue
			}
			dir, file = filepath.Join(root, "memory"), "memory.limit_in_bytes"
		}
		for path := filepath.Clean("/" + parts[2]); ; path = filepath.Dir(path) {
			limit = min(limit, readLimit(filepath.Join(dir, path, file)))
			if path == "/" {
				break
			}
		}
	}
	return limit
}

func readLimit(file string) int64 {
	data, err := os.ReadFile(file)
	if err != nil {
		return math.MaxInt64
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil || n <= 0 { // "max"
		return math.MaxInt64
	}
	return n
}
