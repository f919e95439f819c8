package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// step is a command that README.md shows after "$ ", with the lines below it.
type step struct {
	command string
	lines   []string
}

// steps reads the console blocks of a document.
func steps(t *testing.T, document string) []step {
	t.Helper()
	var all []step
	for i, block := range strings.Split(document, "```") {
		text, ok := strings.CutPrefix(block, "console\n")
		if i%2 == 0 || !ok {
			continue
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				all = append(all, step{command: command})
			} else if len(all) > 0 {
				all[len(all)-1].lines = append(all[len(all)-1].lines, line)
			}
		}
	}
	return all
}

// clone makes a clean clone of the project as it is committed.
func clone(t *testing.T) string {
	t.Helper()
	top, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		t.Skipf("this is no git clone, so there is nothing to clone: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "cachegopher")
	if out, err := exec.Command("git", "clone", "--quiet", "--no-hardlinks", strings.TrimSpace(string(top)), folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return folder
}

// TestReadme runs the commands of README.md in a clean clone and compares their output. Only the ports
// differ, since nodes may be running on this machine.
func TestReadme(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: the race detector does not see programs that are built by the commands of the README; it runs without")
	}
	t.Parallel()
	folder := clone(t)
	data, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	here := otherPorts(t, folder)
	document := here.Replace(string(data))
	saveProgram(t, folder, document)

	var node *daemon
	done := map[string]int{}
	for _, s := range steps(t, document) {
		name, _, _ := strings.Cut(s.command, " ")
		switch {
		case s.command == "make":
			makeAll(t, folder)
		case s.command == "make run":
			node = makeRun(t, folder, here)
			name = "run"
		case name == "nc":
			talk(t, node, s)
		case name == "for":
			interrupt(t, node)
			startSix(t, folder, s)
		default:
			shell(t, folder, s)
			name = "shell"
		}
		done[name]++
	}
	if done["make"] != 1 || done["run"] != 1 || done["nc"] < 1 || done["for"] != 1 || done["shell"] < 6 {
		t.Fatalf("README.md shows fewer commands than it should: %v", done)
	}
	allKeys(t, folder)
}

// talk sends the odd lines and compares the replies with the even ones.
func talk(t *testing.T, node *daemon, s step) {
	t.Helper()
	fields := strings.Fields(s.command)
	if node == nil || len(fields) != 3 || len(s.lines)%2 != 0 {
		t.Fatalf("%s: it needs a running node, an address, and a reply to each line", s.command)
	}
	c := node.dialTo("tcp", fields[1]+":"+fields[2])
	for i := 0; i < len(s.lines); i += 2 {
		c.want(s.lines[i], s.lines[i+1])
	}
}

// shell runs a command and compares its output, unless README.md omits it.
func shell(t *testing.T, folder string, s step) {
	t.Helper()
	c := exec.Command("/bin/sh", "-c", s.command)
	c.Dir = folder
	out, err := c.CombinedOutput()
	got := strings.TrimSuffix(string(out), "\n")
	if want := strings.Join(s.lines, "\n"); want != "..." && want != "" && got != want {
		t.Errorf("%s\nprints\n%s\nwant\n%s", s.command, got, want)
	} else if (want == "" || want == "...") && err != nil {
		t.Fatalf("%s: %v\n%s", s.command, err, got)
	}
}

// allKeys looks in docs/config.md for each key that --check-config prints.
func allKeys(t *testing.T, folder string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "docs", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	document := string(data)
	out, err := exec.Command(filepath.Join(folder, "bin", "cachegopher"), "--config", filepath.Join(folder, "bin", "cacheGopherConfig.json"), "--check-config").Output()
	if err != nil {
		t.Fatal(err)
	}
	var config any
	if err := json.Unmarshal(out, &config); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for name, e := range v {
				seen[name] = true
				walk(e)
			}
		}
	}
	walk(config)
	for name := range seen {
		if !strings.Contains(document, "`"+name+"`") && !strings.Contains(document, `"`+name+`"`) {
			t.Errorf("docs/config.md does not explain the key %s", name)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d keys", len(seen))
	}
}
