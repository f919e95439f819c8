package server

import (
	"context"
	"net"
	"testing"
	"time"
)

// stuckSessions are sessions that block their loop until release is closed.
type stuckSessions struct{ entered, release chan struct{} }

func (s stuckSessions) newScratch() scratch               { return nil }
func (stuckSessions) load(scratch)                        {}
func (stuckSessions) refuse([]byte, string) []byte        { return nil }
func (s stuckSessions) newSession(connInfo) clientSession { return stuckSession{s} }

type stuckSession struct{ stuckSessions }

func (s stuckSession) Run(_ scratch, in, out []byte, _ int) (int, []byte) {
	s.entered <- struct{}{}
	<-s.release
	return len(in), out
}
func (stuckSession) Ahead(scratch, []byte)  {}
func (stuckSession) Need() int              { return 0 }
func (stuckSession) More() bool             { return false }
func (stuckSession) Closing() bool          { return false }
func (stuckSession) Blocked() bool          { return false }
func (stuckSession) Backlog() int           { return 0 }
func (stuckSession) Kept() int              { return 0 }
func (stuckSession) Reason() string         { return "" }
func (stuckSession) Refuse() ([]byte, bool) { return nil, false }
func (stuckSession) Close()                 {}

// TestCheckLoops blocks one of two loops: the check must fail until the loop turns again.
func TestCheckLoops(t *testing.T) {
	held := stuckSessions{make(chan struct{}, 1), make(chan struct{})}
	s, err := New(Options{Addresses: []string{"127.0.0.1:0"}, EventLoops: 2, sessions: held})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	check := func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		return s.CheckLoops(ctx)
	}
	if err := check(30 * time.Second); err != nil {
		t.Fatalf("loops with nothing to do: %v", err)
	}
	c, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	<-held.entered
	if err := check(200 * time.Millisecond); err == nil {
		t.Error("one loop is stuck and the check passes")
	}
	close(held.release)
	if err := check(30 * time.Second); err != nil {
		t.Errorf("the loop turns again: %v", err)
	}
}
