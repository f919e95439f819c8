package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// installation is a folder into which dpkg installs, with a systemctl that only records its calls.
type installation struct {
	t    *testing.T
	root string
	path string // PATH; the systemctl that records its calls comes first
}

// install makes an empty installation in which systemd seems to run the given units.
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
	fakeSystemctl(t, bin, in.root, running...)
	return in
}

// fakeSystemctl puts a systemctl into the folder bin. It appends its arguments to root/calls, lists units that run, and has
// the real one disable units below root, if there is one. A file root/status/UNIT holds the status line of a unit; a unit
// with a file root/broken/UNIT does not start.
func fakeSystemctl(t *testing.T, bin, root string, running ...string) {
	t.Helper()
	real, _ := exec.LookPath("systemctl")
	script := `#!/bin/sh
root=` + root + `
echo "$@" >>$root/calls
for last; do :; done
case "$1" in
list-units) printf '%s loaded active running A node\n' ` + strings.Join(running, " ") + ` ;;
show) cat "$root/status/$last" ;;
restart) [ ! -e "$root/broken/$last" ] ;;
disable)
	shift
	[ "$1" != --now ] || shift
	case "$*" in *[*?]*) echo "Glob pattern passed to disable, but globs are not supported for this." >&2; exit 1 ;; esac
	[ -z "` + real + `" ] || ` + real + ` --root=$root disable "$@"
	;;
esac
`
	if len(running) == 0 {
		script = strings.Replace(script, "list-units) printf", "list-units) : printf", 1)
	}
	if err := os.WriteFile(filepath.Join(bin, "systemctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (in *installation) write(name, text string) {
	in.t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(in.root, name)), 0o755); err != nil {
		in.t.Fatal(err)
	}
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
