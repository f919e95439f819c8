package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// restarts returns those of the calls of systemctl that restart something.
func restarts(calls string) string {
	var b strings.Builder
	for line := range strings.Lines(calls) {
		if strings.HasPrefix(line, "restart ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// TestRollingRestart runs the script of the package with a systemctl that only records its calls, for complete groups and for
// groups that lack something.
func TestRollingRestart(t *testing.T) {
	const inStep, complete = "secondary, 5 keys, in step with p, lag 0 ms, 1.2kB", "primary, 1.2M keys, 2/2 secondaries, lag 3 ms, 80.0MB"
	for _, c := range []struct {
		name         string
		p, s1, s2    string // status lines
		broken, want string // a unit that does not start, and the units that are restarted
		says         string
	}{
		{"complete", complete, inStep, inStep, "", "s1 s2 p", ""},
		{"alone", "primary, 0 keys, 0B", inStep, inStep, "", "s1 s2 p", ""},
		{"secondary missing elsewhere", "primary, 5 keys, 1/2 secondaries, lag 0 ms, 1B", inStep, inStep, "", "s1 s2", "p.service misses secondaries"},
		{"no secondary", "primary, 5 keys, 0/2 secondaries, 1B", inStep, inStep, "", "s1 s2", "misses secondaries"},
		{"primary that recovers", "primary, 5 keys, recovering 3%, 1B", inStep, inStep, "", "s1 s2", "misses secondaries"},
		{"primary gone", complete, "secondary, 5 keys, without primary p for 3s, 1B", inStep, "", "", "may have what its primary lacks"},
		{"catching up", complete, inStep, "secondary, 5 keys, catching up with p, 1B", "", "s1", "s2.service is not in step"},
		{"fails", complete, inStep, inStep, "s1", "s1", "s1.service does not start"},
		{"another one leads", inStep, complete, inStep, "", "p s2 s1", ""},
		{"no status", complete, inStep, "", "", "", "s2.service does not say"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			root, bin := t.TempDir(), t.TempDir()
			unit := func(id string) string { return "cachegopher@" + id + ".service" }
			// systemctl lists the units in this order: the primary first.
			fakeSystemctl(t, bin, root, unit("p"), unit("s1"), unit("s2"))
			files := map[string]string{}
			for id, line := range map[string]string{"p": c.p, "s1": c.s1, "s2": c.s2} {
				files["status/"+unit(id)] = line + "\n"
			}
			if c.broken != "" {
				files["broken/"+unit(c.broken)] = ""
			}
			for name, text := range files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("packages/rolling-restart")
			cmd.Env = append(os.Environ(), "DPKG_ROOT="+root, "CACHEGOPHER_PATIENCE=0", "PATH="+bin+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if (err == nil) != (c.says == "") || !strings.Contains(string(out), c.says) {
				t.Errorf("%v, it says %q, want %q", err, out, c.says)
			}
			var want string
			for id := range strings.FieldsSeq(c.want) {
				want += "restart " + unit(id) + "\n"
			}
			calls, err := os.ReadFile(filepath.Join(root, "calls"))
			if got := restarts(string(calls)); err != nil || got != want {
				t.Errorf("restarted were\n%swant\n%s", got, want)
			}
		})
	}
}
