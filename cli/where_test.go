package cli

import (
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestWhereAfterPromotion: WHERE names the primary of a group that has changed it, with a config that names another and
// with no more than one node's address. With all nodes dead it goes by the config and says so.
func TestWhereAfterPromotion(t *testing.T) {
	nodes := servertest.StartGroup(t, 3, servertest.ID("n"))
	p := newPlace(t, "--config", nodes[0].File)
	testkit.Eventually(t, "PROMOTE n2", func() bool { return p.input("", "PROMOTE", "n2").status == ExitDone })
	member := func(i int, role string) string { return nodes[i].ID + " (" + nodes[i].Address + ", " + role + ")" }
	slot := "slot    " + strconv.Itoa(ring.Slot("k")) + "\ngroup   n1\nmembers "
	promoted := slot + strings.Join([]string{member(1, "primary"), member(0, "secondary"), member(2, "secondary")}, ", ") + "\nsource  nodes\n"
	alone := newPlace(t, "--address", nodes[2].Address)
	for name, run := range map[string]func() output{
		"the config":         func() output { return p.input("", "WHERE", "k") },
		"one of its servers": func() output { return p.input("", "--server-id", "n1", "WHERE", "k") },
		"an address":         func() output { return alone.input("", "WHERE", "k") },
	} {
		var got output
		testkit.Eventually(t, "the new primary, from "+name, func() bool { got = run(); return got.out == promoted })
		if got.status != ExitDone || got.errs != "" {
			t.Errorf("%s: status %d, standard error %q", name, got.status, got.errs)
		}
	}
	if w := decode[whereResult](t, p.input("", "--json", "WHERE", "k").out); w.Source != "nodes" || w.Members[0].Node != "n2" {
		t.Errorf("%+v", w)
	}

	for _, n := range nodes {
		n.Kill()
	}
	got := p.input("", "WHERE", "k")
	if want := slot + member(0, "primary") + ", " + member(1, "secondary") + ", " + member(2, "secondary") + "\n"; got.status != ExitDone || got.out != want {
		t.Errorf("with all nodes dead: status %d, %q, want %q", got.status, got.out, want)
	}
	if !strings.Contains(got.errs, "the roles are those of "+nodes[0].File+", since no node answered: ") {
		t.Errorf("with all nodes dead, standard error says %q", got.errs)
	}
	if w := decode[whereResult](t, p.input("", "--json", "WHERE", "k").out); w.Source != "config" || w.Members[0].Node != "n1" {
		t.Errorf("with all nodes dead: %+v", w)
	}
}
