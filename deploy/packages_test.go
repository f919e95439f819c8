package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// installation is a folder into which dpkg installs, with a systemctl that only notes its calls.
type installation struct {
	t    *testing.T
	root string
	path string // PATH, the noting systemctl first
}

// install makes an empty installation on which systemd seems to run the given units.
func install(t *testing.T, running ...string) *installation {
	t.Helper()
	if os.Getenv("PACKAGES") == "" {
		t.Skip("SKIPPED: needs the packages; `make test-packages` builds them and runs this")
	}
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("SKIPPED: dpkg is not installed")
	}
	in := &installation{t: t, root: t.TempDir()}
	bin := t.TempDir()
	in.path = bin + ":" + os.Getenv("PATH")
	for _, folder := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "run/systemd/system", "etc"} {
		if err := os.MkdirAll(filepath.Join(in.root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	in.write("var/lib/dpkg/status", "")
	in.write("var/lib/dpkg/available", "")
	script := "#!/bin/sh\necho \"$@\" >>" + in.root + "/calls\n" +
		"case \"$1\" in list-units) printf '%s loaded active running A node\\n' " + strings.Join(running, " ") + ";; esac\n"
	if err := os.WriteFile(filepath.Join(bin, "systemctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return in
}

func (in *installation) write(name, text string) {
	in.t.Helper()
	if err := os.WriteFile(filepath.Join(in.root, name), []byte(text), 0o644); err != nil {
		in.t.Fatal(err)
	}
}

func (in *installation) read(name string) string {
	data, _ := os.ReadFile(filepath.Join(in.root, name))
	return string(data)
}

func (in *installation) has(name string) bool {
	_, err := os.Stat(filepath.Join(in.root, name))
	return err == nil
}

func (in *installation) dpkg(args ...string) {
	in.t.Helper()
	options := []string{"--root=" + in.root, "--force-script-chrootless", "--force-depends", "--force-not-root", "--force-confold"}
	cmd := exec.Command("dpkg", append(options, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+in.path)
	if out, err := cmd.CombinedOutput(); err != nil {
		in.t.Fatalf("dpkg %v: %v\n%s", args, err, out)
	}
}

// deb is the package of one of the two versions that `make test-packages` builds.
func deb(t *testing.T, version string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv("PACKAGES"), "cachegopher_"+version+"*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("packages of version %s: %v, %v", version, found, err)
	}
	return found[0]
}

// TestPackage installs, upgrades, removes and purges.
func TestPackage(t *testing.T) {
	in := install(t, "cachegopher@a.service", "cachegopher@b.service")
	in.dpkg("--install", deb(t, "0.0.1"))
	for _, name := range []string{
		"usr/bin/cachegopher", "usr/bin/cachegopher-cli", "usr/bin/cachegopher-bench",
		"usr/lib/systemd/system/cachegopher@.service", "usr/lib/systemd/system/cachegopher@.socket",
		"etc/cachegopher/cacheGopherConfig.json", "etc/logrotate.d/cachegopher", "var/log/cachegopher",
		"usr/share/man/man1/cachegopher.1.gz", "usr/share/bash-completion/completions/cachegopher", "usr/share/bash-completion/completions/cachegopher-cli",
		"usr/share/zsh/vendor-completions/_cachegopher", "usr/share/fish/vendor_completions.d/cachegopher.fish",
	} {
		if !in.has(name) {
			t.Errorf("%s is missing", name)
		}
	}
	if passwd := in.read("etc/passwd"); !strings.Contains(passwd, "cachegopher:") {
		t.Errorf("no user: %q", passwd)
	}
	out, err := exec.Command(filepath.Join(in.root, "usr/bin/cachegopher"), "--config",
		filepath.Join(in.root, "etc/cachegopher/cacheGopherConfig.json"), "--server-id", "server_A1", "--check-config").CombinedOutput()
	if err != nil {
		t.Errorf("the installed node and its config: %v\n%s", err, out)
	}

	const mine = `{"servers": [{"id": "mine", "address": "127.0.0.1:31337", "role": "primary"}]}`
	in.write("etc/cachegopher/cacheGopherConfig.json", mine)
	if err := os.Remove(filepath.Join(in.root, "calls")); err != nil {
		t.Fatal(err)
	}
	in.dpkg("--install", deb(t, "0.0.2"))
	if got := in.read("etc/cachegopher/cacheGopherConfig.json"); got != mine {
		t.Errorf("the upgrade changed the config: %s", got)
	}
	calls := in.read("calls")
	if !strings.Contains(calls, "daemon-reload\n") || !strings.Contains(calls, "restart cachegopher@a.service\nrestart cachegopher@b.service\n") ||
		strings.Contains(calls, "stop") || strings.Contains(calls, "disable") {
		t.Errorf("the upgrade called systemctl with\n%s", calls)
	}

	in.dpkg("--remove", "cachegopher")
	if in.has("usr/bin/cachegopher") || !in.has("etc/cachegopher/cacheGopherConfig.json") {
		t.Error("removal must leave the config and nothing to run")
	}
	if calls := in.read("calls"); !strings.Contains(calls, "disable --now cachegopher.target") {
		t.Errorf("removal called systemctl with\n%s", calls)
	}
	in.dpkg("--purge", "cachegopher")
	if in.has("etc/cachegopher") || in.has("var/log/cachegopher") {
		t.Error("purge left config or logs")
	}
}
