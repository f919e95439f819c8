package deploy

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// deb returns the path of the package of a version. `make test-packages` builds two of them.
func deb(t *testing.T, version string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv("PACKAGES"), "cachegopher_"+version+"*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("packages of version %s: %v, %v", version, found, err)
	}
	return found[0]
}

const (
	configName  = "etc/cachegopher/cacheGopherConfig.json"
	defaultName = "etc/default/cachegopher"
)

// TestPackage installs, upgrades, removes and purges.
func TestPackage(t *testing.T) {
	in := install(t, "cachegopher@a.service", "cachegopher@b.service")
	in.dpkg("--install", deb(t, "0.0.1"))
	for _, name := range []string{
		"usr/bin/cachegopher", "usr/bin/cachegopher-cli", "usr/bin/cachegopher-bench",
		"usr/lib/systemd/system/cachegopher@.service", "usr/lib/systemd/system/cachegopher@.socket", "usr/lib/cachegopher/rolling-restart",
		configName, defaultName, "etc/logrotate.d/cachegopher", "var/log/cachegopher",
		"usr/share/man/man1/cachegopher.1.gz", "usr/share/bash-completion/completions/cachegopher", "usr/share/bash-completion/completions/cachegopher-cli",
		"usr/share/zsh/vendor-completions/_cachegopher", "usr/share/fish/vendor_completions.d/cachegopher.fish",
		"usr/share/cachegopher/prometheus/alerts.yaml", "usr/share/cachegopher/grafana/cachegopher.json",
	} {
		if !in.has(name) {
			t.Errorf("%s is missing", name)
		}
	}
	out, err := exec.Command(filepath.Join(in.root, "usr/bin/cachegopher"), "--config",
		filepath.Join(in.root, configName), "--server-id", "server_A1", "--check-config").CombinedOutput()
	if err != nil {
		t.Errorf("the installed node and its config: %v\n%s", err, out)
	}
	in.private(configName)
	if text := in.read(configName); !strings.Contains(text, `"keep_memory": "systemd"`) {
		t.Errorf("the installed config does not keep memory:\n%s", text)
	}

	const mine = `{"servers": [{"id": "mine", "address": "127.0.0.1:31337", "role": "primary"}]}`
	const flags = "CACHEGOPHER_FLAGS=\"--max-memory 1GB\"\n"
	in.write(configName, mine)
	in.write(defaultName, flags)
	in.forget()
	in.dpkg("--install", deb(t, "0.0.2"))
	if config, def := in.read(configName), in.read(defaultName); config != mine || def != flags {
		t.Errorf("the upgrade changed the config or the flags: %s, %s", config, def)
	}
	in.private(configName)
	if calls := in.read("calls"); !strings.Contains(calls, "daemon-reload\n") ||
		strings.Contains(calls, "restart") || strings.Contains(calls, "stop") || strings.Contains(calls, "disable") {
		t.Errorf("an upgrade that was not asked to restart anything called systemctl with\n%s", calls)
	}

	wants := filepath.Join(in.root, "etc/systemd/system/cachegopher.target.wants")
	if err := os.MkdirAll(wants, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, instance := range []string{"cachegopher@a.service", "cachegopher@sleeps.service", "cachegopher@a.socket"} {
		template := strings.NewReplacer("@a", "@", "@sleeps", "@").Replace(instance)
		if err := os.Symlink("/usr/lib/systemd/system/"+template, filepath.Join(wants, instance)); err != nil {
			t.Fatal(err)
		}
	}
	in.dpkg("--remove", "cachegopher")
	if in.has("usr/bin/cachegopher") || !in.has(configName) || !in.has(defaultName) {
		t.Error("removal must leave the config and nothing to run")
	}
	calls := in.read("calls")
	for _, unit := range []string{"cachegopher@a.service", "cachegopher@sleeps.service", "cachegopher@a.socket", "cachegopher.target"} {
		if !strings.Contains(calls, "disable --now "+unit+"\n") {
			t.Errorf("removal does not disable %s", unit)
		}
	}
	if _, err := exec.LookPath("systemctl"); err == nil {
		if left, _ := filepath.Glob(filepath.Join(wants, "*")); len(left) > 0 {
			t.Errorf("removal leaves %v enabled", left)
		}
	}
	in.dpkg("--purge", "cachegopher")
	if in.has("etc/cachegopher") || in.has("var/log/cachegopher") || in.has(defaultName) {
		t.Error("purge left config, flags or logs")
	}
}

// forget empties the list of calls of systemctl.
func (in *installation) forget() {
	in.t.Helper()
	if err := os.Remove(filepath.Join(in.root, "calls")); err != nil && !os.IsNotExist(err) {
		in.t.Fatal(err)
	}
}

// private checks that a file belongs to root and that only the nodes' group may read it.
func (in *installation) private(name string) {
	in.t.Helper()
	info, err := os.Stat(filepath.Join(in.root, name))
	if err != nil {
		in.t.Fatal(err)
	}
	if info.Mode() != 0o640 {
		in.t.Errorf("%s has mode %v", name, info.Mode())
	}
	if os.Getuid() != 0 {
		in.t.Log("SKIPPED: only root can give files to a group")
		return
	}
	group := in.group()
	if st := info.Sys().(*syscall.Stat_t); group == "" || st.Uid != 0 || group != fmt.Sprint(st.Gid) {
		in.t.Errorf("%s belongs to %d:%d, want 0:%s, which is cachegopher's", name, st.Uid, st.Gid, group)
	}
}

// group returns the number of the nodes' group.
func (in *installation) group() string {
	for line := range strings.Lines(in.read("etc/group")) {
		if fields := strings.Split(line, ":"); fields[0] == "cachegopher" {
			return fields[2]
		}
	}
	return ""
}

// TestPackageTightensConfig upgrades from a package whose config everybody could read, and leaves an operator's decision
// alone.
func TestPackageTightensConfig(t *testing.T) {
	in := install(t)
	in.dpkg("--install", deb(t, "0.0.1"))
	path := filepath.Join(in.root, configName)
	for _, c := range []struct {
		uid  int
		want fs.FileMode
	}{{0, 0o640}, {1, 0o644}} {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, c.uid, 0); err != nil {
			t.Skip("SKIPPED: only root can give files away")
		}
		in.dpkg("--install", deb(t, "0.0.2"))
		if info, err := os.Stat(path); err != nil || info.Mode() != c.want {
			t.Errorf("a config of user %d has mode %v, %v; want %v", c.uid, info.Mode(), err, c.want)
		}
	}
}

// TestPackageRestarts checks that an upgrade restarts nodes if /etc/default/cachegopher says so.
func TestPackageRestarts(t *testing.T) {
	in := install(t, "cachegopher@server_A1.service", "cachegopher@server_A2.service")
	in.dpkg("--install", deb(t, "0.0.1"))
	for name, text := range map[string]string{
		defaultName:                            "CACHEGOPHER_RESTART_ON_UPGRADE=yes\n",
		"status/cachegopher@server_A1.service": "primary, 1 keys, 2/2 secondaries, lag 0 ms, 80B\n",
		"status/cachegopher@server_A2.service": "secondary, 1 keys, in step with server_A1, lag 0 ms, 80B\n",
	} {
		in.write(name, text)
	}
	in.forget()
	in.dpkg("--install", deb(t, "0.0.2"))
	want := "restart cachegopher@server_A2.service\nrestart cachegopher@server_A1.service\n"
	if got := restarts(in.read("calls")); got != want {
		t.Errorf("restarted were\n%swant\n%s", got, want)
	}
}

// TestPackageDocuments checks that the package has the documents. dpkg may be configured not to unpack them, so it looks
// into the package itself.
func TestPackageDocuments(t *testing.T) {
	install(t) // which skips where there are no packages
	out, err := exec.Command("dpkg-deb", "--contents", deb(t, "0.0.1")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	found, err := filepath.Glob("../docs/*.md")
	if err != nil || len(found) < 10 {
		t.Fatal(found, err)
	}
	names := []string{"README.md", "copyright"}
	for _, path := range found {
		names = append(names, "docs/"+filepath.Base(path))
	}
	for _, name := range names {
		if !strings.Contains(string(out), " ./usr/share/doc/cachegopher/"+name+"\n") {
			t.Errorf("the package has no %s", name)
		}
	}
}
