//go:build !linux && !darwin

package lru

func machineMemory() int64 { return fallbackMemory }
