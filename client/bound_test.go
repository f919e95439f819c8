package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// No method sends a command that changes, holds up or takes over a connection on one that
// callers share; nor an empty command, which no node answers.
func TestBoundCommandsAreRefused(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1))
	ctx := testkit.Within(t, 20*time.Second)
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"CLIENT REPLY SKIP", "client reply off", "CLIENT TRACKING ON", "CLIENT SETNAME x", "CLIENT SETINFO LIB-NAME x",
		"CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON", "CLIENT CACHING YES", "AUTH pw", "auth user pw", "RESET", "HELLO 2",
		"SELECT 1", "MULTI", "EXEC", "DISCARD", "WATCH k", "UNWATCH", "SUBSCRIBE c", "PSUBSCRIBE c", "SSUBSCRIBE c",
		"UNSUBSCRIBE", "MONITOR", "REPLICA STREAM 1 g p s", "REPLICA TAKE", "REPLICA KNOCK", "WAIT 1 0", "QUIT",
		"BLPOP k 0", "BZPOPMIN k 0", "XREAD BLOCK 0 STREAMS k 0", "READONLY", "READWRITE", "ASKING", "SYNC", "PSYNC ? -1", "",
	} {
		args := strings.Fields(line)
		p := c.Pipeline()
		queued := p.DoRead(args...)
		after := p.Get("k")
		for way, do := range map[string]func() error{
			"Do":       func() error { _, err := c.Do(ctx, args...); return err },
			"DoRead":   func() error { _, err := c.DoRead(ctx, args...); return err },
			"DoNode":   func() error { _, err := c.DoNode(ctx, "n1", args...); return err },
			"Pipeline": func() error { _ = p.Exec(ctx); _, err := queued.Value(); return err },
		} {
			err := do()
			if len(args) == 0 {
				wantErr(t, err, "no command", ErrNotSent)
				continue
			}
			wantErr(t, err, "; use ", ErrBoundCommand, ErrNotSent)
			if n := f.count(strings.ToUpper(args[0])); n > 1 || n == 1 && !strings.EqualFold(args[0], "HELLO") {
				t.Errorf("%s sent %q", way, line)
			}
		}
		if v, err := after.Bytes(); err != nil || string(v) != "v" {
			t.Errorf("the Get behind %q in a pipeline: %q, %v", line, v, err)
		}
	}
	for _, line := range []string{"CLIENT ID", "client list", "ECHO hi", "REPLICA PAUSE"} {
		if _, err := c.Do(ctx, strings.Fields(line)...); errors.Is(err, ErrBoundCommand) {
			t.Errorf("%q is refused: %v", line, err)
		}
	}
}

// Wait does not hold up other callers, and observes its context.
func TestWait(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	asked := make(chan struct{}, 1)
	f.setPlan(func(_ int, args []string) act {
		if args[0] != "WAIT" {
			return act{}
		}
		asked <- struct{}{}
		if args[1] == "9" {
			return act{stall: true}
		}
		if strings.Join(args, " ") != "WAIT 2 2" {
			return act{reply: "-ERR not what was wanted\r\n"}
		}
		return act{reply: ":1\r\n"}
	})
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1))
	ctx := testkit.Within(t, 20*time.Second)
	if n, err := c.Wait(ctx, "n1", 2, 1001*time.Microsecond); err != nil || n != 1 {
		t.Errorf("Wait = %d, %v", n, err)
	}
	<-asked
	short, cancel := context.WithCancel(ctx)
	ended := make(chan error)
	go func() { _, err := c.Wait(short, "n1", 9, time.Hour); ended <- err }()
	<-asked
	if v, err := c.Get(ctx, "k"); err != nil || string(v) != "v" {
		t.Errorf("while another caller waits: %q, %v", v, err)
	}
	cancel()
	wantErr(t, <-ended, "cache Wait on n1", context.Canceled, ErrUnknown)
	_, err := c.Wait(ctx, "n1", 1, 0)
	wantErr(t, err, "must be positive", ErrNotSent)
	_, err = c.Wait(ctx, "nobody", 1, time.Second)
	wantErr(t, err, "no such node", ErrNotSent, ErrUnavailable)
}
