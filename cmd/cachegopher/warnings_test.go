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

// TestLocalReadsInFolder: --check-config warns, once, of local reads of memory that is kept in a folder.
func TestLocalReadsInFolder(t *testing.T) {
	dir := t.TempDir()
	cfg := filepath.Join(dir, "cachegopher.json")
	for _, tt := range []struct {
		common, own string
		warnings    int
	}{
		{`"local_reads": true, "keep_memory": "/dev/shm/FOLDER"`, ``, 1},
		{`"keep_memory": "/dev/shm/FOLDER"`, `, "local_reads": true`, 1},
		{`"keep_memory": "/dev/shm/FOLDER"`, ``, 0},
		{`"local_reads": true, "keep_memory": "systemd"`, ``, 0},
		{`"local_reads": true`, ``, 0},
	} {
		text := `{"common": {"max_memory": "1MB", ` + tt.common + `}, "servers": [{"id": "a", "role": "primary", "secondaries": ["b"], "address": "127.0.0.1:31337"` + tt.own +
			`}, {"id": "b", "role": "secondary", "primary": "a", "address": "127.0.0.1:31338"}]}`
		text = strings.ReplaceAll(text, "FOLDER", filepath.Base(dir)+"-not-made")
		if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs strings.Builder
		if code := run([]string{"--config", cfg, "--check-config"}, strings.NewReader(""), &out, &errs); code != exitDone {
			t.Fatalf("%s: --check-config ends with %d: %s", text, code, errs.String())
		}
		if n := strings.Count(errs.String(), "warning: common.keep_memory: local_reads has no effect"); n != tt.warnings {
			t.Errorf("%s: %d warnings, want %d: %s", text, n, tt.warnings, errs.String())
		}
	}
}
