package main

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/internal/certs/certstest"
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
	if status, out := check(); status != exitFailed || !strings.Contains(out, "check the health: the node does not answer; "+d.address) {
		t.Errorf("a node that hangs: exit status %d, %q", status, out)
	}
	d.signal(syscall.SIGCONT)
	d.signal(syscall.SIGKILL)
	d.ended(patience)
	if status, out := check(); status != exitFailed || !strings.Contains(out, "refused") {
		t.Errorf("a node that is gone: exit status %d, %q", status, out)
	}
}

// TestHealthTLS: --health uses the plain address and the TLS address each in its own way, and one that answers is enough.
func TestHealthTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	ca := certstest.New(t, folder)
	cert, key := ca.Issue(t, folder, "machine")
	plain, secure, gone := freeAddress(t), freeAddress(t), freeAddress(t)
	config := func(address string) string {
		return fmt.Sprintf(`{%s, "servers": [{"id": "a", "address": %q, "tls_address": %q, "role": "primary", "max_memory": "64MB"}]}`,
			securityOf(t, folder, fmt.Sprintf(`, "tls_cert": %q, "tls_key": %q, "tls_ca": %q, "tls_replication": true`, cert, key, ca.CA)), address, secure)
	}
	path := write(t, folder, "cacheGopherConfig.json", config(plain))
	d := launch(t, folder, binary)
	d.serving()
	other := write(t, folder, "other.json", config(gone))
	for _, path := range []string{path, other} {
		if status, stdout, stderr := command(t, folder, "--health", "--config", path); status != exitDone || stdout+stderr != "" {
			t.Errorf("%s: exit status %d, %q, %q", path, status, stdout, stderr)
		}
	}
	d.signal(syscall.SIGKILL)
	d.ended(patience)
	status, _, stderr := command(t, folder, "--health", "--config", path)
	if status != exitFailed || !strings.Contains(stderr, plain) || !strings.Contains(stderr, secure) {
		t.Errorf("a node that is gone: exit status %d, %q", status, stderr)
	}
}
