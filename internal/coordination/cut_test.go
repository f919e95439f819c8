package coordination

import (
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/netfault"
)

var cuts = flag.Bool("cuts", false, "TestCutOff tries all directions; each takes ten seconds")

// TestCutOff: the network between the primary and etcd fails, in one direction or both, while its secondaries reach both.
// It goes on by their word until they leave it, and another one leads. Two never take writes at a time.
func TestCutOff(t *testing.T) {
	for _, direction := range []string{"to etcd", "from etcd", "both"} {
		t.Run(direction, func(t *testing.T) {
			t.Parallel()
			if direction != "from etcd" && !*cuts {
				t.Skip("run with -cuts")
			}
			w := worldOf(t, etcdtest.Start(t))
			direct := w.conf.Etcd
			l, err := netfault.New(strings.TrimPrefix(w.etcd.Endpoint, "http://"), 1)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(l.Close)
			w.conf.Etcd = []string{"http://" + l.Address}
			a := w.add("a", 0)
			w.eventually("a leads", a.writable)
			w.conf.Etcd = direct
			w.add("b", 0)
			w.add("c", 0)
			if first := w.settled(); first != a {
				t.Fatalf("%s leads first", first.id)
			}
			l.Does(netfault.Fault{LoseDown: direction != "from etcd", LoseUp: direction != "to etcd"})
			took := w.eventually("another one leads", func() bool {
				first, next := w.takeWrites(a)
				if first && next {
					t.Fatalf("two take writes\n%s", w)
				}
				if w.hasLeft() && first {
					t.Fatalf("a secondary has left the primary, which still takes writes: they would be lost\n%s", w)
				}
				return next
			})
			t.Logf("after %v", took)
			l.Does(netfault.Fault{})
			l.Cut() // the connections lack bytes
			next := w.leader()
			w.eventually("a follows", func() bool { _, p := a.Leadership(); return p == next.id && !a.c.Status().Away })
		})
	}
}

// hasLeft reports whether a secondary has closed its stream.
func (w *world) hasLeft() (is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.nodes {
		is = is || n.cut
	}
	return is
}

// takeWrites reports whether f, and whether another member, acknowledge writes at this moment.
func (w *world) takeWrites(f *fake) (is, others bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Since(w.start)
	for _, n := range w.nodes {
		takes := n.up && n.leads && (n.fence == 0 || now < n.fence)
		is, others = is || takes && n == f, others || takes && n != f
	}
	return is, others
}
