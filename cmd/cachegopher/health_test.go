package main

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestHealth asks a node that serves, one that hangs and one that is gone.
func TestHealth(t *testing.T) {
	t.Parallel()
	d := start(t)
	check := func() (int, string) {
		cmd := exec.Command(binary, "--health", "--address", d.address)
		cmd.Dir = d.folder
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if status, out := check(); status != exitDone || out != "" {
		t.Errorf("a node that serves: exit status %d, %q", status, out)
	}
	d.signal(syscall.SIGSTOP)
	if status, out := check(); status != exitFailed || !strings.Contains(out, "check the health of "+d.address) {
		t.Errorf("a node that hangs: exit status %d, %q", status, out)
	}
	d.signal(syscall.SIGCONT)
	d.signal(syscall.SIGKILL)
	d.ended(patience)
	if status, out := check(); status != exitFailed || !strings.Contains(out, "refused") {
		t.Errorf("a node that is gone: exit status %d, %q", status, out)
	}
}
