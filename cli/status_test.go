package cli

import (
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
