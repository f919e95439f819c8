package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/info"
)

// TestStatusAfterChange reads the answers of a group whose primary differs from the config's: lags come from
// the actual primary, changes from the member that knows the latest.
func TestStatusAfterChange(t *testing.T) {
	t.Parallel()
	answer := func(id, role string, epoch int, rest ...string) nodeAnswer {
		lines := append([]string{"role:" + role, fmt.Sprint("epoch:", epoch), "master_link_status:up"}, rest...)
		return nodeAnswer{node: client.NodeStatus{ID: id, Group: "a", Primary: id == "a"},
			v: client.Value{Type: '$', Bytes: []byte(strings.Join(lines, "\r\n") + "\r\n")}}
	}
	change := func(n, epoch int, to string) string {
		return fmt.Sprintf("primary_change%d:at=2026-01-02T03:04:05Z,epoch=%d,from=a,to=%s", n, epoch, to)
	}
	r := rowsOf([]nodeAnswer{
		answer("a", "slave", 4, change(0, 4, "c")), // it was restarted meanwhile
		answer("b", "master", 2, "slave0:ip=::1,port=1,state=online,lag_ms=99,id=a", change(0, 2, "b"), change(1, 1, "c")), // it does not know of c yet
		answer("c", "master", 4, "slave0:ip=::1,port=1,state=online,lag_ms=7,id=a", change(0, 4, "c"), change(1, 2, "b")),
	})
	if lag := r.rows[0].LagSeconds; lag == nil || *lag != 0.007 {
		t.Errorf("the lag of the secondary: %v", lag)
	}
	restarted := []info.PrimaryChange{{At: time.Unix(9, 0), Epoch: 4}}
	if before := []info.PrimaryChange{{At: time.Unix(5, 0), Epoch: 4}}; !later(before, restarted) || later(restarted, before) {
		t.Error("a change is shown as of when a restarted node learned of it")
	}
	if epoch := int64(2338659); number(&epoch) != "2338659" || number(nil) != unknown {
		t.Errorf("an epoch reads %s", number(&epoch))
	}
	if len(r.changes) != 2 || r.changes[0].Epoch != 4 || r.changes[1].Epoch != 2 || r.changes[0].group != "a" {
		t.Errorf("changes: %v", r.changes)
	}
}

// TestStatusOfMoves shows slots and moves where nodes report them.
func TestStatusOfMoves(t *testing.T) {
	t.Parallel()
	r := rowsOf([]nodeAnswer{{node: client.NodeStatus{ID: "a", Group: "a", Primary: true}, v: client.Value{Type: '$', Bytes: []byte(
		"role:master\r\nslots_owned:5461\r\nmove0:id=7.0,from=a,to=b,slots=1024,state=copying,walked=0.314,bytes=9,rate=12000000,left_ms=300,attempts=2,since=,error=b was away\r\n" +
			"move1:id=7.1,from=a,to=b,slots=80,state=waiting,walked=0.0000,bytes=0,rate=0,left_ms=0,attempts=0,since=,error=\r\n")}},
		{node: client.NodeStatus{ID: "b", Group: "b"}, err: errors.New("away")}})
	var b strings.Builder
	p := newPrinter(&b)
	if err := p.show(r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\taddress\tslots\na\ta\t", "\t5,461\nb\tb\t", "\t-\na to b: 1,024 slots, copying 31%, 12 MB/s, about 1s left; the attempt before failed: b was away\na to b: 80 slots, waiting\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("STATUS lacks %q:\n%s", want, b.String())
		}
	}
}
