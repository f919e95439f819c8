package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// Every read accepts FromPrimary, and then no secondary answers it: not when the primary
// returns an error, and not when it is unreachable.
func TestFromPrimary(t *testing.T) {
	nodes := group3(t)
	for _, f := range nodes[1:] {
		f.put("k", "old")
		f.put("gone", "old")
	}
	c := newClient(t, nodes, WithHedgedReads())
	ready(t, c)
	ctx := testkit.Within(t, 30*time.Second)
	typed := NewTyped[string](c, textCodec{})
	reads := map[string]func(key string) (string, error){
		"Get": func(k string) (string, error) { v, err := c.Get(ctx, k, FromPrimary()); return string(v), err },
		"GetTo": func(k string) (string, error) {
			v, err := c.GetTo(ctx, k, []byte{}, FromPrimary())
			return string(v), err
		},
		"GetWithTTL": func(k string) (string, error) {
			v, _, err := c.GetWithTTL(ctx, k, FromPrimary())
			return string(v), err
		},
		"Typed.Get":     func(k string) (string, error) { return typed.Get(ctx, k, FromPrimary()) },
		"TTL":           func(k string) (string, error) { _, err := c.TTL(ctx, k, FromPrimary()); return "v", err },
		"GetMany":       func(k string) (string, error) { return first(c.GetMany(ctx, []string{k}, FromPrimary())) },
		"Typed.GetMany": func(k string) (string, error) { return firstTyped(typed.GetMany(ctx, []string{k}, FromPrimary())) },
		"Pipeline.Get": func(k string) (string, error) {
			p := c.Pipeline()
			p.DoRead("PING") // which any member could answer
			q := p.Get(k, FromPrimary())
			err := p.Exec(ctx)
			v, errGet := q.Bytes()
			return string(v), errors.Join(err, errGet)
		},
	}
	for name, read := range reads {
		for range 6 {
			if v, err := read("k"); err != nil || v != "v" {
				t.Errorf("%s: %q, %v", name, v, err)
			}
			if v, err := read("gone"); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s of a key that the primary does not have: %q, %v", name, v, err)
			}
		}
	}
	nodes[0].setPlan(func(_ int, args []string) act {
		return act{deny: "-LOADING not yet\r\n"}
	})
	for name, read := range reads {
		var se *ServerError
		if v, err := read("k"); !errors.As(err, &se) || se.Code() != "LOADING" {
			t.Errorf("%s from a recovering primary: %q, %v", name, v, err)
		}
	}
	nodes[0].setPlan(nil)
	nodes[0].stop()
	for name, read := range reads {
		if v, err := read("k"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s without a primary: %q, %v", name, v, err)
		}
	}
}

type textCodec struct{}

func (textCodec) Encode(v string) ([]byte, error) { return []byte(v), nil }
func (textCodec) Decode(b []byte) (string, error) { return string(b), nil }

func first(rs []Result, err error) (string, error) {
	return string(rs[0].Value), errors.Join(err, rs[0].Err)
}

func firstTyped(rs []TypedResult[string], err error) (string, error) {
	return rs[0].Value, errors.Join(err, rs[0].Err)
}

// A primary that has become a secondary is not asked, although it would answer a read.
func TestFromPrimaryAfterAChange(t *testing.T) {
	nodes := group3(t)[:2]
	nodes[0].role, nodes[1].role = "replica", "master"
	nodes[0].put("k", "old")
	c := newClient(t, nodes)
	ready(t, c)
	for range 4 {
		if v, err := c.Get(context.Background(), "k", FromPrimary()); err != nil || string(v) != "v" {
			t.Errorf("%q, %v", v, err)
		}
	}
	keys := slices.Collect(func(yield func(string) bool) {
		for k, err := range c.Scan(context.Background(), ScanOptions{FromPrimary: true}) {
			if err != nil {
				t.Error(err)
			}
			if !yield(k) {
				return
			}
		}
	})
	if nodes[1].count("SCAN") == 0 || nodes[0].count("SCAN") > 0 {
		t.Errorf("the scan of %v asked the secondary", keys)
	}
}

// A scan with FromPrimary returns the primary's keys, or fails.
func TestScanFromPrimary(t *testing.T) {
	nodes := group3(t)
	for i := range 10 {
		nodes[0].put(fmt.Sprint("new", i), "v")
	}
	c := newClient(t, nodes)
	ready(t, c)
	scan := func() (n int, err error) {
		for _, failed := range c.Scan(testkit.Within(t, 10*time.Second), ScanOptions{FromPrimary: true}) {
			if failed != nil {
				err = failed
				continue
			}
			n++
		}
		return n, err
	}
	for range 4 {
		if n, err := scan(); n != 11 || err != nil {
			t.Errorf("%d keys, %v; want 11", n, err)
		}
	}
	nodes[0].stop()
	if n, err := scan(); n != 0 || !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a primary: %d keys, %v", n, err)
	}
}

// A member that takes a write in place of the one that was the primary is the one to read from, whatever roles the members'
// greetings gave: reads that must see the write do not ask the others.
func TestReadsFollowWrites(t *testing.T) {
	ctx := testkit.Within(t, 30*time.Second)
	for name, x := range map[string]struct {
		before, after [2]string // roles
		write         func(c *Client) error
	}{
		"another": {[2]string{"master", "replica"}, [2]string{"replica", "master"}, func(c *Client) error { return c.Set(ctx, "k", []byte("new")) }},
		"the first again": {[2]string{"replica", "master"}, [2]string{"master", "replica"},
			func(c *Client) error { return c.Set(ctx, "k", []byte("new")) }},
		"the first again, many": {[2]string{"replica", "master"}, [2]string{"master", "replica"},
			func(c *Client) error { return c.SetMany(ctx, []Item{{Key: "k", Value: []byte("new")}}) }},
	} {
		t.Run(name, func(t *testing.T) {
			nodes := group3(t)[:2]
			roles := func(of [2]string) {
				for i, f := range nodes {
					f.mu.Lock()
					f.role = of[i]
					f.mu.Unlock()
				}
			}
			roles(x.before)
			c := newClient(t, nodes, WithReadYourWrites())
			ready(t, c)
			roles(x.after)
			if err := x.write(c); err != nil {
				t.Fatal(err)
			}
			for range 4 {
				if v, err := c.Get(ctx, "k"); err != nil || string(v) != "new" {
					t.Errorf("own write: %q, %v", v, err)
				}
				if v, err := c.Get(ctx, "k", FromPrimary()); err != nil || string(v) != "new" {
					t.Errorf("from the primary: %q, %v", v, err)
				}
			}
		})
	}
}

// A read that a secondary answers does not make it the primary, although it was sent together with a write, or by Do, as a
// write is.
func TestReadsMakeNoPrimary(t *testing.T) {
	ctx := testkit.Within(t, 30*time.Second)
	nodes := group3(t)
	nodes[0].role, nodes[1].role, nodes[2].role = "master", "replica", "replica"
	c := newClient(t, nodes)
	ready(t, c)
	nodes[0].setPlan(func(_ int, args []string) act { return act{deny: "-READONLY now a secondary\r\n"} })
	p := c.Pipeline()
	p.Set("k", []byte("new"))
	p.Get("k")
	p.Do("GET", "k")
	if err := p.Exec(ctx); !errors.Is(err, ErrReadOnly) {
		t.Errorf("no member takes writes: %v", err)
	}
	if _, g := c.Locate("k"); g.Members[0].Address != nodes[0].addr {
		t.Errorf("%s has taken no write, and writes go there", g.Members[0].Address)
	}
	if role := c.Nodes()[1].Role; role != "replica" {
		t.Errorf("its role is %q", role)
	}
}
