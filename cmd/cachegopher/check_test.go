package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

const good = ""

// checkedConfigs are configs with values at their limits and with files that cannot be used.
var checkedConfigs = []struct {
	name    string
	setting string // of common
	extra   string // further keys of the file
	refused string // what the refusal names; good: none
}{
	{"least memory", `"max_memory": "1MB"`, "", good},
	{"less memory", `"max_memory": 999999`, "", "c.json:2: common.max_memory"},
	{"one entry", `"max_size": 1`, "", good},
	{"most entries", `"max_size": 1099511627776`, "", good},
	{"many entries in little memory", `"max_size": 1000000000, "max_memory": "1MB"`, "", good},
	{"much memory", `"max_memory": "1TiB"`, "", good},
	{"most memory", `"max_memory": "1024TiB"`, "", good},
	{"one loop", `"event_loops": 1`, "", good},
	{"most loops", `"event_loops": 256`, "", good},
	{"too many loops", `"event_loops": 257`, "", "c.json:2: common.event_loops"},
	{"one connection", `"max_connections": 1`, "", good},
	{"least buffers", `"client_buffers": "1MB"`, "", good},
	{"least log", `"replication_log": "1MB", "replication_batch": "1KB"`, "", good},
	{"least times", `"idle_timeout": "1ms", "tcp_keepalive": 1, "replication_delay": "10us", "recover_timeout": 1`, "", good},
	{"a log file", "", `"logging": {"file": "log.json"}`, good},
	{"a log file in no folder", "", `"logging": {"file": "nowhere/log.json"}`, "c.json:3: logging.file"},
	{"a log file that is a folder", "", `"logging": {"file": "folder"}`, "c.json:3: logging.file"},
	{"no certificate", "", `"security": {"tls_cert": "none.pem", "tls_key": "none.pem"}`, "c.json:3: security"},
	{"no password file", "", `"security": {"node_user": "node", "node_password_file": "none"}`, "c.json:3: security.node_password_file"},
	{"empty password file", "", `"security": {"node_user": "node", "node_password_file": "empty"}`, "c.json:3: security.node_password_file"},
	{"no such command", "", `"security": {"disabled_commands": ["NONE"]}`, "c.json:3: security.disabled_commands[0]"},
	{"bad hash", "", `"security": {"users": [{"name": "u", "password": "x", "rights": ["read"]}]}`, "c.json:3: security"},
	{"socket in no folder", "UNIX", "", "c.json:4: servers[0].address"},
	{"socket where a folder is", "FOLDER", "", "c.json:4: servers[0].address"},
	{"socket where a file is", "FILE", "", "c.json:4: servers[0].address"},
	{"admin address in use by clients", "ADMIN", "", "admin_address"},
}

// TestCheckedConfigStarts checks that --check-config and a start agree, for values at their limits and for files that
// cannot be used: either both accept a config, or both refuse it with the same line.
func TestCheckedConfigStarts(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: starting programs with the race detector in them takes long; it runs without")
	}
	t.Parallel()
	for _, tt := range checkedConfigs {
		t.Run(tt.name, func(t *testing.T) {
			folder, port := t.TempDir(), freePort(t)
			address := fmt.Sprintf(`"127.0.0.1:%s"`, port)
			switch tt.setting {
			case "UNIX":
				tt.setting, address = "", fmt.Sprintf(`[%s, "unix://%s/none/s.sock"]`, address, folder)
			case "FOLDER":
				tt.setting, address = "", fmt.Sprintf(`[%s, "unix://%s/folder"]`, address, folder)
			case "FILE":
				tt.setting, address = "", fmt.Sprintf(`[%s, "unix://%s/empty"]`, address, folder)
			case "ADMIN":
				tt.setting = fmt.Sprintf(`"admin_address": "127.0.0.1:%s"`, port)
			}
			if tt.extra == "" {
				tt.extra = `"logging": {}`
			}
			write(t, folder, "empty", "")
			if err := os.Mkdir(filepath.Join(folder, "folder"), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, folder, "c.json", fmt.Sprintf("{\n\"common\": {%s},\n%s,\n\"servers\": [{\"id\": \"a\", \"role\": \"primary\", \"address\": %s}]}", tt.setting, tt.extra, address))
			status, _, stderr := command(t, folder, "--config", "c.json", "--check-config")
			if tt.refused != good {
				started, _, line := command(t, folder, "--config", "c.json")
				if status != exitUsage || started != exitUsage || !strings.Contains(stderr, tt.refused) || !strings.Contains(line, tt.refused) {
					t.Errorf("--check-config: status %d, %q; a start: %d, %q; want %q", status, stderr, started, line, tt.refused)
				}
				return
			}
			if status != exitDone {
				t.Fatalf("--check-config: status %d, %s", status, stderr)
			}
			d := launch(t, folder, binary, "--config", "c.json")
			d.address = "127.0.0.1:" + port
			d.serving()
		})
	}
}

// TestCheckConfigDifference: --check-config reports that another member leads than the config names. If no member runs, it
// reports nothing.
func TestCheckConfigDifference(t *testing.T) {
	t.Parallel()
	_, primary, secondary := adminGroup(t, "")
	check := func() string {
		t.Helper()
		d := launch(t, primary.folder, binary, "--check-config")
		if status := d.ended(patience); status != 0 {
			t.Errorf("exit status %d: %s", status, d.stderr)
		}
		return d.stderr.String()
	}
	if got := check(); strings.Contains(got, "names") {
		t.Errorf("before any change: %s", got)
	}
	primary.eventually("PROMOTE", func() bool { return strings.HasPrefix(primary.dial().speak("PROMOTE", "n1"), "+OK") })
	if got := check(); !strings.Contains(got, fmt.Sprint("group n0: the config names n0 as the primary, but its members follow n1 since epoch ", epochs.Next(0, "n1"))) {
		t.Errorf("after PROMOTE: %q", got)
	}
	for _, d := range []*daemon{primary, secondary} {
		d.signal(syscall.SIGKILL)
		d.ended(patience)
	}
	if got := check(); strings.Contains(got, "names") {
		t.Errorf("nobody runs: %s", got)
	}
}
