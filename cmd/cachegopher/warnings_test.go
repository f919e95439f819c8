package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExposedSecrets: --check-config warns of a password file that every user of the machine can read.
func TestExposedSecrets(t *testing.T) {
	dir := t.TempDir()
	password, cfg := filepath.Join(dir, "node.password"), filepath.Join(dir, "cachegopher.json")
	text := `{"servers": [{"id": "a", "role": "primary", "address": "127.0.0.1:31337"}], "security": {"users": [{"name": "node", "rights": ["replication"]}],
		"node_user": "node", "node_password_file": "` + password + `"}}`
	if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, warns := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o604: true} {
		if err := os.Chmod(password, mode); err != nil {
			t.Fatal(err)
		}
		var out, errs strings.Builder
		if code := run([]string{"--config", cfg, "--check-config"}, strings.NewReader(""), &out, &errs); code != exitDone {
			t.Fatalf("--check-config ends with %d: %s", code, errs.String())
		}
		if got := strings.Contains(errs.String(), "warning: security.node_password_file: every user of this machine"); got != warns {
			t.Errorf("mode %04o: %q", mode, errs.String())
		}
	}
}
