package lru

import "golang.org/x/sys/unix"

func machineMemory() int64 {
	n, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return fallbackMemory
	}
	return int64(n)
}
