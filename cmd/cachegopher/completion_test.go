package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestCompletion sends the requests that shells send.
func TestCompletion(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: the race detector sees nothing in it that other tests do not show; it runs without")
	}
	folder := t.TempDir()
	write(t, folder, "c.json", twoServers)
	for _, c := range []struct{ args, want string }{
		{"__complete --config c.json --server-id ", "server_A1\nserver_A2\n"},
		{"__complete --rec", "--recover\t"},
		{"__complete hash", "hash-password\t"},
	} {
		args := strings.Split(c.args, " ")
		if status, stdout, stderr := command(t, folder, args...); status != exitDone || !strings.HasPrefix(stdout, c.want) {
			t.Errorf("%s: status %d, %q, %q", c.args, status, stdout, stderr)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		status, script, stderr := command(t, folder, "completion", shell)
		if status != exitDone || !strings.Contains(script, "cachegopher") || stderr != "" {
			t.Errorf("%s: status %d, %.100q, %s", shell, status, script, stderr)
		}
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("SKIPPED in part: no %s here to read its script", shell)
			continue
		}
		if out, err := exec.Command(shell, "-n", write(t, folder, "script."+shell, script)).CombinedOutput(); err != nil {
			t.Errorf("%s does not read its script: %v, %s", shell, err, out)
		}
	}
	if status, _, stderr := command(t, folder, "completion", "cmd.exe"); status != exitDone && !strings.HasPrefix(stderr, "cachegopher: ") {
		t.Errorf("an unknown shell: status %d, %q", status, stderr)
	}
}
