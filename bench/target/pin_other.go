//go:build !linux

package target

import "os/exec"

// startOn starts cmd; there is no pinning here.
func startOn(cmd *exec.Cmd, _ []int) error { return cmd.Start() }

// Pin does nothing here.
func Pin([]int) error { return nil }
