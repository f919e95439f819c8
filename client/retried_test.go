package client

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// The answer to an idempotent write is lost, and then the node becomes unreachable. The last
// attempt was certainly not sent, but the error must still say that the outcome is unknown.
func TestOutcomeOfRetriedWrites(t *testing.T) {
	for name, write := range map[string]func(context.Context, *Client) error{
		"Set": func(ctx context.Context, c *Client) error {
			return c.Set(ctx, "k", []byte("v"), Idempotent())
		},
		"GetAndTouch": func(ctx context.Context, c *Client) error {
			_, err := c.GetAndTouch(ctx, "k", time.Minute)
			return err
		},
		"SetMany": func(ctx context.Context, c *Client) error {
			return c.SetMany(ctx, []Item{{Key: "k", Value: []byte("v")}}, Idempotent())
		},
		"Pipeline": func(ctx context.Context, c *Client) error {
			p := c.Pipeline()
			p.Set("k", []byte("v"), Idempotent())
			return p.Exec(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var gone atomic.Bool
			f := newFake(t)
			f.setPlan(func(_ int, args []string) act {
				switch {
				case args[0] == "SET" || args[0] == "GETEX":
					gone.Store(true)
					return act{close: true, after: true}
				case gone.Load():
					return act{close: true}
				}
				return act{}
			})
			c := newClient(t, []*fakeNode{f})
			if err := c.Ping(testkit.Within(t, 5*time.Second)); err != nil {
				t.Fatal(err)
			}
			err := write(testkit.Within(t, 300*time.Millisecond), c)
			for !gone.Load() && errors.Is(err, ErrTimeout) { // a busy machine may take these 300 ms before
				err = write(testkit.Within(t, 300*time.Millisecond), c)
			}
			if !gone.Load() {
				t.Fatalf("not sent: %v", err)
			}
			wantErr(t, err, name, ErrUnknown)
		})
	}
}

// Without a deadline an operation waits for one read timeout, however many members are silent
// and however many tries it has.
func TestSilentMembersShareTheReadTimeout(t *testing.T) {
	const timeout = time.Second
	for name, do := range map[string]func(context.Context, *Client) error{
		"Get":        func(ctx context.Context, c *Client) error { _, err := c.Get(ctx, "k"); return err },
		"GetWithTTL": func(ctx context.Context, c *Client) error { _, _, err := c.GetWithTTL(ctx, "k"); return err },
		"GetMany":    func(ctx context.Context, c *Client) error { _, err := c.GetMany(ctx, []string{"k"}); return err },
		"Set": func(ctx context.Context, c *Client) error {
			return c.Set(ctx, "k", []byte("v"), Idempotent())
		},
		"SetMany": func(ctx context.Context, c *Client) error {
			return c.SetMany(ctx, []Item{{Key: "k", Value: []byte("v")}}, Idempotent())
		},
		"Ping":                 func(ctx context.Context, c *Client) error { return c.Ping(ctx) },
		"Ping with a deadline": func(ctx context.Context, c *Client) error { return c.Ping(testkit.Within(t, time.Hour)) },
		"Scan":                 scanAll,
		"Scan with a deadline": func(ctx context.Context, c *Client) error { return scanAll(testkit.Within(t, time.Hour), c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var nodes []*fakeNode
			for range 3 {
				f := newFake(t)
				f.setPlan(func(_ int, args []string) act { return act{stall: args[0] != "HELLO"} })
				nodes = append(nodes, f)
			}
			c := newClient(t, nodes, WithReadTimeout(timeout))
			ready(t, c)
			watch := machine.Start(t)
			begun := time.Now()
			err := do(context.Background(), c)
			took := time.Since(begun)
			wantErr(t, err, "timeout", ErrTimeout, ErrUnknown)
			if took > watch.Allow(3*timeout/2) {
				t.Errorf("took %v with a read timeout of %v", took, timeout)
			}
		})
	}
}

func scanAll(ctx context.Context, c *Client) (failed error) {
	for _, err := range c.Scan(ctx, ScanOptions{}) {
		failed = err
	}
	return failed
}

// A write whose outcome is unknown is not repeated unless the caller allows it.
func TestWritesAreNotRepeated(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1))
	ready(t, c)
	var drops atomic.Int32
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "INCRBY" || args[0] == "SET" {
			return act{close: drops.Add(-1) >= 0, after: true}
		}
		return act{}
	})
	drops.Store(1)
	_, err := c.Incr(testkit.Within(t, 10*time.Second), "n", 1)
	wantErr(t, err, "outcome unknown", ErrUnknown)
	if v, _ := f.get("n"); v != "1" {
		t.Errorf("n is %q", v)
	}
	drops.Store(1)
	if err := c.Set(testkit.Within(t, 10*time.Second), "k", []byte("v"), Idempotent()); err != nil {
		t.Errorf("an idempotent Set: %v", err)
	}
	drops.Store(1)
	if err := c.SetMany(testkit.Within(t, 10*time.Second), []Item{{Key: "k"}}, Idempotent()); err != nil {
		t.Errorf("an idempotent SetMany: %v", err)
	}
	drops.Store(1)
	if err := c.SetMany(testkit.Within(t, 10*time.Second), []Item{{Key: "k"}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("SetMany: %v", err)
	}
}
