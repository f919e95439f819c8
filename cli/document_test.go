package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestDocument types the commands in docs/cli.md and compares their output. The nodes are on ports of
// their own.
func TestDocument(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: starting programs with the race detector in them takes long; it runs without")
	}
	data, err := os.ReadFile("../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	a, b := servertest.Start(t, servertest.ID("server_A1")), servertest.Start(t, servertest.ID("server_B1"))
	document := strings.ReplaceAll(string(data), "localhost:31337", a.Address)
	p := newPlace(t)
	config := servertest.Config([]*servertest.Node{a}, []*servertest.Node{b})
	p.write("cacheGopherConfig.json", config)
	p.write("larger.json", strings.Replace(config, `"servers": [`, `"servers": [{"id": "server_C1", "address": "localhost:33337", "role": "primary"},`, 1))
	p.env = append(p.env, "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	done := 0
	for i, block := range strings.Split(document, "```") {
		text, ok := strings.CutPrefix(block, "console\n$ ")
		if i%2 == 0 || !ok {
			continue
		}
		for step := range strings.SplitSeq(text, "\n$ ") {
			command, want, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
			p.shell(command, want)
			done++
		}
	}
	if done < 15 {
		t.Errorf("docs/cli.md shows only %d commands", done)
	}
	for _, o := range ownCommands() {
		if o.Name != "EXIT" && !strings.Contains(document, "| `"+usage(o.Spec)+"` |") {
			t.Errorf("docs/cli.md does not explain %s", usage(o.Spec))
		}
	}
}

// shell runs a command and compares all its output.
func (p *place) shell(command, want string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	c := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	c.Dir, c.Env = p.folder, p.env
	out, err := c.CombinedOutput()
	if got := strings.TrimSpace(string(out)); got != strings.TrimSpace(want) {
		p.t.Errorf("%s\nwrites\n%s\nwant\n%s\n%v", command, got, want, err)
	}
}
