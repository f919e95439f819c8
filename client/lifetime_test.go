package client_test

import (
	"context"
	"math"
	"testing"
	"time"

	. "github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// Every operation with a time to live refuses one of zero or less, and then changes nothing.
func TestInvalidTTL(t *testing.T) {
	n := servertest.Start(t)
	c, err := New(WithServers(n.Address))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := testkit.Within(t, 20*time.Second)
	for _, d := range []time.Duration{0, -1, -time.Millisecond / 2, -time.Hour, math.MinInt64} {
		if err := c.Set(ctx, "k", []byte("old"), TTL(time.Hour)); err != nil {
			t.Fatal(err)
		}
		value := []byte("new")
		for name, do := range map[string]func() error{
			"Set":            func() error { return c.Set(ctx, "k", value, TTL(d)) },
			"Add":            func() error { _, err := c.Add(ctx, "lock", value, TTL(d)); return err },
			"Replace":        func() error { _, err := c.Replace(ctx, "k", value, TTL(d)); return err },
			"CompareAndSwap": func() error { _, err := c.CompareAndSwap(ctx, "k", []byte("old"), value, TTL(d)); return err },
			"SetMany":        func() error { return c.SetMany(ctx, []Item{{Key: "k", Value: value}}, TTL(d)) },
			"Typed.Set":      func() error { return NewTyped[string](c, nil).Set(ctx, "k", "new", TTL(d)) },
			"Expire":         func() error { return c.Expire(ctx, "k", d) },
			"Pipeline.Set": func() error {
				p := c.Pipeline()
				q := p.Set("k", value, TTL(d))
				if p.Exec(ctx) == nil {
					t.Errorf("Pipeline.Exec with TTL(%v) succeeded", d)
				}
				return q.Err()
			},
			"Pipeline.Add": func() error {
				p := c.Pipeline()
				q := p.Add("lock", value, TTL(d))
				_ = p.Exec(ctx)
				_, err := q.OK()
				return err
			},
			"GetOrLoad": func() error {
				_, err := c.GetOrLoad(ctx, "lock", d, func(context.Context) ([]byte, error) { return value, nil })
				return err
			},
		} {
			if err := do(); err == nil {
				t.Errorf("%s with a time to live of %v succeeded", name, d)
			} else {
				WantErr(t, err, "time to live", ErrInvalidTTL, ErrNotSent)
			}
		}
		if d != 0 { // an Item with 0 has no time to live of its own
			err := c.SetMany(ctx, []Item{{Key: "k", Value: value, TTL: d}})
			WantErr(t, err.(*ManyError).Err, "time to live", ErrInvalidTTL, ErrNotSent)
		}
		v, left, err := c.GetWithTTL(ctx, "k")
		if err != nil || string(v) != "old" || left <= 59*time.Minute || left > time.Hour {
			t.Errorf("after a time to live of %v the entry is %q for %v, %v", d, v, left, err)
		}
		if _, err := c.Get(ctx, "lock"); err == nil {
			t.Errorf("a lock with a time to live of %v was taken", d)
		}
	}
}

// A positive time to live is rounded up, never down, however short or long it is.
func TestExtremeTTL(t *testing.T) {
	n := servertest.Start(t)
	c, err := New(WithServers(n.Address))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := testkit.Within(t, 20*time.Second)
	for _, x := range []struct{ d, least, most time.Duration }{
		{math.MaxInt64 - 1, 290 * 365 * 24 * time.Hour, math.MaxInt64 - 1},
		{NoExpiry, NoExpiry, NoExpiry},
		{time.Hour + 1, time.Hour - time.Minute, time.Hour + time.Millisecond},
	} {
		for name, do := range map[string]func() error{
			"Set":    func() error { return c.Set(ctx, "k", nil, TTL(x.d)) },
			"Expire": func() error { return c.Expire(ctx, "k", x.d) },
			"SetMany": func() error {
				return c.SetMany(ctx, []Item{{Key: "k", TTL: x.d}})
			},
			"Pipeline": func() error { p := c.Pipeline(); p.Set("k", nil, TTL(x.d)); return p.Exec(ctx) },
			"GetOrLoad": func() error {
				if _, err := c.Delete(ctx, "k"); err != nil {
					return err
				}
				_, err := c.GetOrLoad(ctx, "k", x.d, func(context.Context) ([]byte, error) { return nil, nil })
				return err
			},
		} {
			if err := c.Set(ctx, "k", nil); err != nil {
				t.Fatal(err)
			}
			if err := do(); err != nil {
				t.Errorf("%s with %v: %v", name, x.d, err)
			}
			left, err := c.TTL(ctx, "k")
			if err != nil || left < x.least || left > x.most {
				t.Errorf("after %s with %v the time to live is %v, %v", name, x.d, left, err)
			}
			if _, both, err := c.GetWithTTL(ctx, "k"); err != nil || both < x.least || both > x.most {
				t.Errorf("after %s with %v GetWithTTL returns %v, %v", name, x.d, both, err)
			}
		}
	}
	// An expiry further away than a Duration can hold.
	if _, err := c.Do(ctx, "PEXPIRE", "k", "9000000000000000"); err != nil {
		t.Fatal(err)
	}
	if left, err := c.TTL(ctx, "k"); err != nil || left < 290*365*24*time.Hour || left == NoExpiry {
		t.Errorf("a far expiry is %v, %v", left, err)
	}
	// Less than a millisecond means neither no expiry nor an error.
	if ok, err := c.Add(ctx, "lock", nil, TTL(1)); err != nil || !ok {
		t.Fatal(ok, err)
	}
	testkit.Eventually(t, "a lock for a nanosecond ends", func() bool {
		ok, err := c.Add(ctx, "lock", nil, TTL(time.Hour))
		return ok && err == nil
	})
}
