package server

import (
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fill opens n connections of clients.
func (r *running) fill(n int) {
	r.t.Helper()
	for range n {
		c := r.dial()
		c.send("3\n")
		c.gets(3)
	}
}

// TestRoomForNodes: a server full of clients serves another node, which stays connected although it is silent and its
// buffers are large. It serves no further client, however long the client waits.
func TestRoomForNodes(t *testing.T) {
	r := serveToys(t, Options{MaxConnections: 2, ClientBuffers: 16 << 20})
	r.fill(2)
	other := r.dial()
	other.send("node\n")
	other.gets(1)
	client := r.dial()
	client.send("3\n")
	if got, err := io.ReadAll(client.r); string(got) != "no room\n" || err != nil {
		t.Errorf("a client gets %q, %v", got, err)
	}
	silent := r.dial()
	if got, err := io.ReadAll(silent.r); string(got) != overAll.early || err != nil {
		t.Errorf("a client that says nothing gets %q, %v", got, err)
	}
	if s := r.Stats(); s.Connections != 2 || s.Nodes != 1 || s.Rejected != 2 || s.Accepted != 3 {
		t.Errorf("counted %+v", s)
	}
	other.send("keep 100000000\n")
	other.gets(1)
	r.SetIdleTimeout(time.Millisecond)
	r.eventually("end of idle clients", func() bool { return r.Stats().Connections == 0 })
	other.send("5\n")
	other.gets(5)
	if s := r.Stats(); s.Nodes != 1 || s.ClosedClientBuffers != 0 || s.Buffered > 1<<20 {
		t.Errorf("counted %+v", s)
	}
}

// TestTurnedAwayInItsDialect: a client that has no place gets the reason in its dialect, if it has shown one, or nothing while
// another reply is unfinished. At the TLS listener it gets nothing before the handshake.
func TestTurnedAwayInItsDialect(t *testing.T) {
	r := serveToys(t, Options{MaxConnections: 1})
	r.fill(1)
	const own = "-" + tooMany
	for request, want := range map[string]string{"half a request": own, "": overAll.early} {
		calls := r.toys.calls.Load()
		c := r.dial()
		c.send(request)
		var waiting []*slot
		r.eventually("newcomer", func() bool {
			r.slots.mu.Lock()
			defer r.slots.mu.Unlock()
			waiting = slices.Clone(r.slots.waiting)
			return len(waiting) == 1 && (request == "" || r.toys.calls.Load() > calls)
		})
		waiting[0].expire() // as after its time
		if got, err := io.ReadAll(c.r); string(got) != want || err != nil {
			t.Errorf("after %q: %q, %v", request, got, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, x := range []struct {
		request string
		secure  bool
		want    string
	}{{"1\n", false, own}, {"", false, overAll.early}, {"1\n", true, ""}} {
		c := r.dialTo("tcp", l.Addr().String())
		c.send(x.request)
		nc, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if x.request != "" { // the kernel has it before turnAway looks
			arrived, _ := nc.(*net.TCPConn).SyscallConn()
			_ = arrived.Read(func(fd uintptr) bool {
				n, _, _ := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
				return n > 0
			})
		}
		r.turnAway(nc, overAll, x.secure)
		if got, err := io.ReadAll(c.r); string(got) != x.want || err != nil {
			t.Errorf("%+v: got %q, %v", x, got, err)
		}
	}
}

// TestNodeFreesItsPlace: a connection that another node has taken over no longer counts as a client, nor for its
// address.
func TestNodeFreesItsPlace(t *testing.T) {
	for _, o := range []Options{{MaxConnections: 1}, {PerAddress: 1}} {
		r := serveToys(t, o)
		first := r.dial()
		first.send("node\n")
		first.gets(1)
		second := r.dial()
		second.send("3\n")
		second.gets(3)
	}
}

// TestCrowdOfNewcomers: idle newcomers do not keep out a node that tries again after a refusal, and no more nodes are
// served than there are slots for.
func TestCrowdOfNewcomers(t *testing.T) {
	r := serveToys(t, Options{PerAddress: 1})
	r.fill(1)
	for round := range 3 {
		r.eventually("room for a node", func() bool {
			for range 2 * r.slots.mostWaiting {
				r.dial()
			}
			other := r.dial()
			io.WriteString(other, "node\n") //nolint:errcheck // it may be turned away
			got, _ := other.r.ReadString('x')
			return got == "x"
		})
		if s := r.Stats(); s.Nodes != int64(round+1) || s.Newcomers > r.slots.mostNewcomers {
			t.Errorf("counted %+v", s)
		}
	}
	r.eventually("end of the newcomers", func() bool { return r.Stats().Newcomers == 0 })
	for range r.slots.mostNodes - 3 {
		other := r.dial()
		other.send("node\n")
		other.gets(1)
	}
	over := r.dial()
	over.send("node\n")
	if got, err := io.ReadAll(over.r); string(got) != "no room\n" || err != nil {
		t.Errorf("one node too many gets %q, %v", got, err)
	}
}

// TestSecureNewcomers is TestRoomForNodes at the listener with TLS.
func TestSecureNewcomers(t *testing.T) {
	r, dial := serveSecure(t, Options{MaxConnections: 1})
	r.fill(1)
	other := dial()
	other.send("node\n")
	other.gets(1)
	for request, want := range map[string]string{"3\n": "no room\n", "": overAll.early} {
		c := dial()
		c.send(request)
		if got, err := io.ReadAll(c.r); string(got) != want || err != nil {
			t.Errorf("a client that sends %q gets %q, %v", request, got, err)
		}
	}
	r.SetIdleTimeout(time.Millisecond)
	r.eventually("end of idle clients", func() bool { return r.Stats().Connections == 0 })
	other.send("5\n")
	other.gets(5)
}
