package client

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// neverDial connects to nothing; it returns when its context ends.
func neverDial(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Operations that wait for a first connection fail with ErrClosed when the client is closed.
func TestCloseWhileWaitingForAConnection(t *testing.T) {
	for name, do := range map[string]func(*Client) error{
		"Get":      func(c *Client) error { _, err := c.Get(context.Background(), "k"); return err },
		"Set":      func(c *Client) error { return c.Set(context.Background(), "k", nil) },
		"GetMany":  func(c *Client) error { rs, _ := c.GetMany(context.Background(), []string{"k"}); return rs[0].Err },
		"Ping":     func(c *Client) error { return c.Ping(context.Background()) },
		"DoNode":   func(c *Client) error { _, err := c.DoNode(context.Background(), "n1", "PING"); return err },
		"Wait":     func(c *Client) error { _, err := c.Wait(context.Background(), "n1", 1, time.Hour); return err },
		"FlushAll": func(c *Client) error { return c.FlushAll(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClientOf(t, Config{Groups: []Group{{ID: "g", Members: []Member{{ID: "n1", Address: "127.0.0.1:1"}}}}},
				WithDialer(neverDial), WithConnectTimeout(time.Minute))
			failed := make(chan error, 1)
			go func() { failed <- do(c) }()
			time.Sleep(20 * time.Millisecond)
			c.Close()
			err := <-failed
			wantErr(t, err, "client closed", ErrClosed, ErrNotSent)
			checkKinds(t, err)
		})
	}
}

// An error's cause is the failure itself, not the state at the time when the error is made:
// here the context ends in between.
func TestCauseOfAFailedConnection(t *testing.T) {
	f := newFake(t)
	f.stop()
	c := newClient(t, []*fakeNode{f})
	n := c.topology.Load().nodes[0]
	testkit.Eventually(t, "the node is down", n.isDown)
	_, cause := n.conn(context.Background())
	var op *net.OpError
	if err := n.noConn(OpGet, cause); !errors.Is(err, ErrUnavailable) || !errors.Is(err, ErrNotSent) || !errors.As(err, &op) {
		t.Errorf("%v is not unavailable with a network error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, failure := n.attempt(ctx, []request{{op: OpGet, key: "k"}}, nil, 0)
	checkKinds(t, failure)
	if !errors.Is(failure, ErrUnavailable) {
		t.Errorf("with a context that has ended meanwhile: %v", failure)
	}
}

// An expired connect timeout is not reported as the caller's deadline.
func TestConnectTimeoutIsNoDeadline(t *testing.T) {
	c := newClientOf(t, Config{Groups: []Group{{ID: "g", Members: []Member{{ID: "n1", Address: "127.0.0.1:1"}}}}},
		WithDialer(neverDial), WithConnectTimeout(20*time.Millisecond))
	_, err := c.Get(testkit.Within(t, 20*time.Second), "k")
	wantErr(t, err, "connect timeout", ErrUnavailable, ErrNotSent)
	checkKinds(t, err)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v says that the caller's deadline has passed", err)
	}
}

// When a part of a batch was sent, none of its requests is reported as not sent.
func TestPartlySentBatchIsUnknown(t *testing.T) {
	client, server := net.Pipe() // has no buffer
	defer server.Close()
	c := newConn(client, connLimits{inFlight: 100, queueBytes: 1 << 20, readTimeout: time.Minute})
	defer c.goroutines.Wait()
	reqs := make([]request, 10)
	for i := range reqs {
		reqs[i] = request{op: OpIncr, key: "k", num: 1}
	}
	cl, behind := newCall(make([]reply, len(reqs))), newCall(nil)
	for _, x := range []struct {
		cl   *call
		reqs []request
	}{{cl, reqs}, {behind, reqs[:1]}} {
		if _, err := c.send(context.Background(), x.cl, x.reqs); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := server.Read(make([]byte, len(reqs[0].append(nil))+3)); err != nil {
		t.Fatal(err)
	}
	c.fail(errClosedByNode)
	<-cl.wake
	<-behind.wake
	if cl.unsent || !behind.unsent {
		t.Errorf("a batch of which the first request was sent is unsent: %v; the request behind it: %v", cl.unsent, behind.unsent)
	}
}
