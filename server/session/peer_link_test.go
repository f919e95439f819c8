package session

import (
	"errors"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// takeover is a Replication that opens idle peer links and keeps the function that closes the latest.
type takeover struct {
	Replication
	kill func()
}

func (t *takeover) Open(_ string, _ []string, kill func()) (PeerLink, string, error) {
	t.kill = kill
	return idlePeerLink{}, "+TAKEN\r\n", nil
}

// refusing is a Replication that refuses all peer links.
type refusing struct {
	Replication
	err error
}

func (r *refusing) Open(string, []string, func()) (PeerLink, string, error) {
	return nil, "-NO\r\n", r.err
}

// TestPeerLinkIsDeclined checks that there is a reason, which is logged, unless the link is refused in normal operation.
func TestPeerLinkIsDeclined(t *testing.T) {
	why := errors.New("no such group")
	for want, err := range map[string]error{"no such group": why, "": &DeclinedError{why}} {
		f := newFixture(t, lru.Options{})
		f.n.Replication = &refusing{err: err}
		if got := f.do(resp("REPLICA", "STREAM", "1", "g", "p", "s")); got != "-NO\r\n" || !f.s.Closing() || f.s.Reason() != want {
			t.Errorf("answered %q, closing %v for %q; want %q", got, f.s.Closing(), f.s.Reason(), want)
		}
	}
}

type idlePeerLink struct{}

func (idlePeerLink) Run(in, out []byte, _ int) (used int, reply []byte, err error) {
	return len(in), out, nil
}
func (idlePeerLink) Need() int  { return 0 }
func (idlePeerLink) More() bool { return false }
func (idlePeerLink) Close()     {}

// TestPeerLinkIsClosed closes a peer link while its event loop serves another client, as a newer connection of the
// primary does. The link's connection must end, and the client's must not.
func TestPeerLinkIsClosed(t *testing.T) {
	f := newFixture(t, lru.Options{})
	r := &takeover{}
	f.n.Replication = r
	other := f.n.NewSession(ConnInfo{})
	if got := f.do(resp("REPLICA", "STREAM", "1", "g", "p", "s")); got != "+TAKEN\r\n" {
		t.Fatalf("answered %q", got)
	}
	if got := feed(f.l, other, resp("PING")); got != "+PONG\r\n" {
		t.Fatalf("answered %q", got)
	}
	r.kill()
	if !f.s.Closing() || other.Closing() {
		t.Errorf("closing: the peer link %v, want true; the client %v, want false", f.s.Closing(), other.Closing())
	}
}
