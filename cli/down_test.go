package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestNodeDown kills the primary of one group: the other group answers, and a command that needs the dead node
// gives status 3 and names it.
func TestNodeDown(t *testing.T) {
	p, nodes := groups(t)
	a1 := nodes[0]
	p.want(0, "OK\n", "MSET", "a", "1", "b", "2") // a is in a1, b in b1
	a1.Kill()
	p.want(0, "2", "GET", "b")
	p.want(1, "", "GET", "a") // the secondary answers; these nodes do not replicate
	p.fails(3, "a1 ("+a1.Address+"): unreachable: ", "SET", "a", "3")
	p.fails(3, "a1 ("+a1.Address+"): unreachable: ", "--server-id", "a1", "GET", "a")
	if got := p.input("", "MGET", "b", "nokey", "b"); got.status != 0 || got.out != "2\n\n2\n" {
		t.Errorf("%+v", got)
	}
	got := p.input("", "DEL", "a", "b")
	if got.status != 3 || got.out != "1\n" || !strings.Contains(got.errs, "a1 (") {
		t.Errorf("what one group did is shown: %+v", got)
	}
	got = p.input("", "PING")
	if got.status != 3 || got.out != "a2 PONG\nb1 PONG\n" || strings.Count(got.errs, "\n") != 1 {
		t.Errorf("%+v", got)
	}
	got = p.input("", "--json", "STATUS")
	rows := decode[[]nodeRow](t, got.out)
	for _, r := range rows {
		if r.Node == "a1" && (r.State != "down" || r.Keys != nil || r.Role != "primary" || !strings.Contains(r.Error, "unreachable")) || r.Node != "a1" && r.State != "up" {
			t.Errorf("%+v", r)
		}
	}
	if got.status != 3 || len(rows) != 3 {
		t.Errorf("status %d, %d rows", got.status, len(rows))
	}
	if got := p.input("", "STATUS"); !strings.Contains(got.out, "\na1\ta1\tprimary\tdown\t-\t-\t-\t-\t-\t-\t-\t"+a1.Address+"\n") || !strings.Contains(got.out, "a1 ("+a1.Address+"): unreachable") {
		t.Errorf("%+v", got)
	}
	if got := p.input("SET a 4\nGET nokey\n"); got.status != 3 {
		t.Errorf("the highest status counts: %+v", got)
	}
	nodes[1].Kill()
	p.fails(3, "unreachable", "GET", "a")
	p.fails(3, "unreachable", "DBSIZE") // no part of the sum is taken for the whole
	p.fails(3, "unreachable", "KEYS")
	p.fails(3, "nothing was written to x.dump: ", "DUMP", "x.dump")
	if got := p.input("", "MGET", "a", "b"); got.status != 3 || got.out != "(error) not answered\n\n" {
		t.Errorf("%+v", got)
	}
	p.fails(3, "a1 ("+a1.Address+"): unreachable: ", "FLUSHALL")
	nodes[2].Kill()
	p.fails(3, "no node answers", "STATUS")
	p.fails(3, "no node answers", "LATENCY", "0.2")
	a1.Restart()
	p.want(0, "OK\n", "SET", "a", "5")
}

// TestStalled uses a node that accepts requests and does not answer.
func TestStalled(t *testing.T) {
	node := servertest.Start(t, servertest.ID("slow"))
	p := newPlace(t, "--address", node.Address, "--timeout", "300ms")
	p.want(0, "OK\n", "SET", "a", "1")
	node.OnRequest(func(args []string) servertest.Fault {
		if args[0] == "SET" {
			return servertest.Fault{Delay: time.Second}
		}
		return servertest.Fault{}
	})
	p.fails(3, node.Address+": no answer in time; the change may or may not have been made\n", "SET", "a", "2")
}
