//go:build !linux

package sut

import "os/exec"

// startOn starts cmd; there is no pinning here. What came of it is sent once it has ended.
func startOn(cmd *exec.Cmd, _ []int) (ended <-chan error, err error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	status := make(chan error, 1)
	go func() { status <- cmd.Wait() }()
	return status, nil
}

// Pin does nothing here.
func Pin([]int) error { return nil }
