package session

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// takeover is a Replication of which a test wants only how it closes streams.
type takeover struct {
	Replication
	kill func()
}

func (t *takeover) Open(_ string, _ []string, kill func()) (Stream, string, error) {
	t.kill = kill
	return idleStream{}, "+TAKEN\r\n", nil
}

type idleStream struct{}

func (idleStream) Run(in, out []byte, _ int) (used int, reply []byte, err error) {
	return len(in), out, nil
}
func (idleStream) Need() int  { return 0 }
func (idleStream) More() bool { return false }
func (idleStream) Close()     {}

// TestStreamIsClosed has a stream closed while its event loop serves another client, as a newer connection of the
// primary does: the stream's connection ends, and not that of the client.
func TestStreamIsClosed(t *testing.T) {
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
		t.Errorf("the stream's connection is to be closed: %v, that of the client: %v", f.s.Closing(), other.Closing())
	}
}
