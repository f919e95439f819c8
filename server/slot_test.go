package server

import (
	"io"
	"testing"
	"time"
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
	if got, err := io.ReadAll(silent.r); string(got) != tooMany || err != nil {
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
	for request, want := range map[string]string{"3\n": "no room\n", "": tooMany} {
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
