package coordination

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/netfault"
)

// TestDelayedEtcd: etcd's answers come a second or more too late for all members. The log says so, never do two take
// writes, and when etcd is fast again the same one leads.
func TestDelayedEtcd(t *testing.T) {
	t.Parallel()
	w := worldOf(t, etcdtest.Start(t))
	l, err := netfault.New(strings.TrimPrefix(w.etcd.Endpoint, "http://"), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	w.conf.Etcd = []string{"http://" + l.Address}
	logs := w.listen()
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	l.Does(netfault.Fault{Delay: 2 * time.Second})
	w.says(logs, "cannot be reached, has no quorum, or is slow", "endpoint health")
	for end := time.Now().Add(4 * w.conf.FailoverAfter); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is, others := w.takeWrites(a); is && others {
			t.Fatalf("two take writes\n%s", w)
		}
	}
	l.Does(netfault.Fault{})
	w.eventually("etcd is there", func() bool { return !a.c.Status().Away })
	if l := w.settled(); l != a {
		t.Errorf("%s leads", l.id)
	}
}

// TestLeaseLost: somebody revokes the primary's lease. While its secondaries confirm that they follow, none takes its place,
// so that it takes writes without a gap, and registers anew.
func TestLeaseLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	c := w.client()
	for range 3 {
		a.c.mu.Lock()
		lease := a.c.lease
		a.c.mu.Unlock()
		// On a busy machine it may have ended by itself.
		if _, err := c.Revoke(t.Context(), lease); err != nil && !errors.Is(err, rpctypes.ErrLeaseNotFound) {
			t.Fatal(err)
		}
		w.eventually("another lease", func() bool {
			if is, others := w.takeWrites(a); !is || others {
				t.Fatalf("a takes writes: %v, others: %v\n%s", is, others, w)
			}
			a.c.mu.Lock()
			defer a.c.mu.Unlock()
			return a.c.holds != 0 && a.c.holds != lease
		})
	}
}
