package nodeprocess

import (
	"os"
	"testing"
)

func TestGroup(t *testing.T) {
	g, err := Start(1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	ask := func(n *Node, want string, args ...string) {
		t.Helper()
		if got, err := n.Ask(args...); err != nil || got != want {
			t.Errorf("%s on %s: %q, %v; want %q", args[0], n.ID, got, err, want)
		}
	}
	primary, secondary := g.Nodes[0], g.Nodes[1]
	if err := g.Pause(); err != nil {
		t.Fatal(err)
	}
	ask(primary, "OK", "SET", "k", "v")
	ask(primary, "0", "WAIT", "1", "50")
	ask(secondary, "0", "EXISTS", "k")
	if err := g.Resume(); err != nil {
		t.Fatal(err)
	}
	ask(secondary, "1", "EXISTS", "k")
	folder := node.folder
	g.Close()
	if _, err := os.Stat(folder.Path); !os.IsNotExist(err) {
		t.Errorf("the program is left in %s", folder.Path)
	}
}
