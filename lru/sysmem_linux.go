package lru

import "golang.org/x/sys/unix"

// machineMemory asks the kernel rather than /proc, which a service may not see.
func machineMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return fallbackMemory
	}
	return int64(uint64(info.Totalram) * uint64(info.Unit))
}
