package sut

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// startOn starts cmd on some cores; none: on all. It is killed when this process ends, however that ends. What
// came of it is sent once it has ended.
func startOn(cmd *exec.Cmd, cores []int) (ended <-chan error, err error) {
	started, status := make(chan error), make(chan error, 1)
	go func() {
		// A child has the affinity of the thread that starts it, and is killed with that thread: so this one is
		// for nothing else, and stays as long as the child.
		runtime.LockOSThread()
		if len(cores) > 0 {
			if err := Pin(cores); err != nil {
				started <- err
				return
			}
		}
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
		err := cmd.Start()
		started <- err
		if err == nil {
			status <- cmd.Wait()
		}
	}()
	return status, <-started
}

// Pin binds the calling thread to cores. The error names them.
func Pin(cores []int) error {
	var set unix.CPUSet
	for _, c := range cores {
		set.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("cores %v: %w", cores, err)
	}
	return nil
}
