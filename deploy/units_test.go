// Package deploy has the files for running nodes: units, packages, example configurations. Its only
// code are the tests that check these files.
package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mostExposed is the exposure that `systemd-analyze security` may report for a node.
const mostExposed = 1.5

// units copies the units into a folder, and for each template an instance too. In the copies another program
// replaces the installed one, which may be missing.
func units(t *testing.T) (folder string, files []string) {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("SKIPPED: systemd-analyze is not installed (Debian package systemd)")
	}
	folder = t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cachegopher@.service", "cachegopher@.socket", "cachegopher.target"} {
		data, err := os.ReadFile(filepath.Join("systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "/usr/bin/cachegopher", program)
		for _, as := range []string{name, strings.Replace(name, "@", "@n1", 1)} {
			if err := os.WriteFile(filepath.Join(folder, as), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		files = append(files, filepath.Join(folder, strings.Replace(name, "@", "@n1", 1)))
	}
	return folder, files
}

// TestUnitsVerify makes systemd-analyze verify the units.
func TestUnitsVerify(t *testing.T) {
	_, files := units(t)
	out, err := exec.Command("systemd-analyze", append([]string{"verify", "--man=no"}, files...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestExamplesRecover looks for --recover wherever an example starts a member of a group: without it a node serves before
// it has what its group holds. The manifests for Kubernetes have a test of their own.
func TestExamplesRecover(t *testing.T) {
	for file, line := range map[string]string{
		"systemd/cachegopher@.service": `(?m)^ExecStart=/usr/bin/cachegopher .*`,
		"container/compose.yaml":       `(?m)^ +command: .*--server-id.*`,
	} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		commands := regexp.MustCompile(line).FindAllString(string(data), -1)
		if len(commands) == 0 {
			t.Errorf("%s starts nothing", file)
		}
		for _, c := range commands {
			if !strings.Contains(c, "--recover") {
				t.Errorf("%s: %s", file, c)
			}
		}
	}
}

// TestUnitExposure checks that the unit's sandbox is as tight as promised.
func TestUnitExposure(t *testing.T) {
	_, files := units(t)
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", files[0]).CombinedOutput()
	if err != nil {
		t.Fatalf("systemd-analyze security: %v\n%s", err, out)
	}
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("no exposure level in\n%s", out)
	}
	level, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil || level > mostExposed {
		t.Errorf("the unit is exposed at level %s, at most %.1f is allowed\n%s", m[1], mostExposed, out)
	}
	t.Logf("exposure level %s", m[1])
}
