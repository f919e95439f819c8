package client

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestNodeThatRefuses(t *testing.T) {
	f := newFake(t)
	addr := f.addr
	f.stop()
	c := newClient(t, []*fakeNode{f})
	_, err := c.Get(testkit.Within(t, 2*time.Second), "k")
	wantErr(t, err, "connection refused", ErrUnavailable, ErrNotSent)
	wantErr(t, err, "cache Get on n1 ("+addr+"): unavailable: not sent: dialing: ")
	if s := c.Nodes()[0]; s.State != StateDown || s.LastErr == nil || s.Conns != 0 {
		t.Errorf("status %+v", s)
	}
	f.restart()
	testkit.Eventually(t, "the node is used again", func() bool {
		return c.Set(testkit.Within(t, 10*time.Second), "k", []byte("v")) == nil
	})
	if s := c.Nodes()[0]; s.State != StateUp || s.Version != "1.2.3" || s.Role != "master" {
		t.Errorf("status %+v", s)
	}
}

func TestGreetingThatIsRefused(t *testing.T) {
	f := newFake(t)
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "HELLO" {
			return act{reply: "-WRONGPASS invalid username-password pair\r\n"}
		}
		return act{}
	})
	c := newClient(t, []*fakeNode{f}, WithAuth("", "secret"))
	_, err := c.Get(testkit.Within(t, 2*time.Second), "k")
	wantErr(t, err, "greeting: WRONGPASS", ErrUnavailable, ErrNotSent)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error %q contains the password", err)
	}
}

func TestGreetingThatStalls(t *testing.T) {
	f := newFake(t)
	f.setPlan(func(int, []string) act { return act{stall: true} })
	c := newClient(t, []*fakeNode{f}, WithConnectTimeout(100*time.Millisecond))
	m := machine.Start(t)
	start := time.Now()
	_, err := c.Get(testkit.Within(t, 30*time.Millisecond), "k")
	wantErr(t, err, "not sent", ErrTimeout, ErrNotSent, context.DeadlineExceeded)
	if d := time.Since(start); d > m.Allow(90*time.Millisecond) {
		t.Errorf("a caller with 30 ms waited %v for a connection", d)
	}
	_, err = c.Get(testkit.Within(t, 3*time.Second), "k")
	wantErr(t, err, "greeting", ErrUnavailable, ErrNotSent)
}
