package sut

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pin binds the calling thread to cores. The error names them.
func Pin(cores []int) error { return pin(0, cores) }

// PinProcess binds all threads of this process to cores, and all that they start later.
func PinProcess(cores []int) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := pin(id, cores); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func pin(thread int, cores []int) error {
	var set unix.CPUSet
	for _, c := range cores {
		set.Set(c)
	}
	switch err := unix.SchedSetaffinity(thread, &set); err {
	case nil:
		return nil
	case unix.ESRCH:
		return os.ErrNotExist
	default:
		return fmt.Errorf("cores %v: %w", cores, err)
	}
}
