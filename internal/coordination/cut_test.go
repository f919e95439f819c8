package coordination

import (
	"flag"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
)

// link forwards connections to etcd until one direction or both are cut, as by a network that drops packets.
type link struct {
	listener net.Listener
	up, down atomic.Bool // cut

	mu    sync.Mutex
	conns []net.Conn
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	l := &link{}
	var err error
	if l.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.listener.Close(); l.closeAll(); all.Wait() }) //nolint:errcheck // the test is over
	all.Go(func() {
		for {
			near, err := l.listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(to, "http://"))
			if err != nil {
				near.Close() //nolint:errcheck // nothing was sent
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, near, far)
			l.mu.Unlock()
			all.Go(func() { forward(far, near, &l.up) })
			all.Go(func() { forward(near, far, &l.down) })
		}
	})
	return l
}

// forward copies until from ends; what comes while cut is dropped.
func forward(to, from net.Conn, cut *atomic.Bool) {
	defer to.Close() //nolint:errcheck // it ends as from has
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && !cut.Load() {
			_, err = to.Write(b[:n])
		}
		if err != nil {
			if err != io.EOF && cut.Load() {
				continue
			}
			return
		}
	}
}

// closeAll ends all connections: after dropped bytes they are of no use.
func (l *link) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		c.Close() //nolint:errcheck // it is broken anyway
	}
	l.conns = nil
}

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
			l := newLink(t, w.etcd.Endpoint)
			w.conf.Etcd = []string{"http://" + l.listener.Addr().String()}
			a := w.add("a", 0)
			w.eventually("a leads", a.writable)
			w.conf.Etcd = direct
			w.add("b", 0)
			w.add("c", 0)
			if first := w.settled(); first != a {
				t.Fatalf("%s leads first", first.id)
			}
			l.up.Store(direction != "from etcd")
			l.down.Store(direction != "to etcd")
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
			l.up.Store(false)
			l.down.Store(false)
			l.closeAll()
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
