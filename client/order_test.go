package client

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// demoted returns a client connected to two nodes, of which the second has become the primary
// while the first still answers reads.
func demoted(t *testing.T) (*Client, []*fakeNode) {
	nodes := []*fakeNode{newFake(t), newFake(t)}
	nodes[1].role = "replica"
	for _, f := range nodes {
		f.put("k", "old")
		f.put("n", "7")
	}
	c := newClient(t, nodes)
	ready(t, c)
	for i, role := range []string{"replica", "master"} {
		nodes[i].mu.Lock()
		nodes[i].role = role
		nodes[i].mu.Unlock()
	}
	return c, nodes
}

// Requests behind a rerouted write see it, and see writes in their order.
func TestOrderSurvivesRerouting(t *testing.T) {
	c, nodes := demoted(t)
	ctx := testkit.Within(t, 10*time.Second)
	p := c.Pipeline()
	before := p.Get("k")
	p.Set("k", []byte("one"))
	first := p.Get("k")
	p.Set("k", []byte("two"))
	second := p.Get("k")
	sum := p.Incr("n", 1)
	number := p.Get("n")
	raw := p.DoRead("GET", "k")
	if err := p.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		q    Queued
		want string
	}{{before, "old"}, {first, "one"}, {second, "two"}, {number, "8"}} {
		if v, err := x.q.Bytes(); err != nil || string(v) != x.want {
			t.Errorf("a Get of the pipeline returns %q, %v; want %q", v, err, x.want)
		}
	}
	if v, err := raw.Value(); err != nil || v.Text() != "two" {
		t.Errorf("DoRead = %v, %v", v, err)
	}
	if n, err := sum.Int(); err != nil || n != 8 {
		t.Errorf("Incr = %d, %v", n, err)
	}
	if v, _ := nodes[1].get("k"); v != "two" {
		t.Errorf("the new primary holds %q", v)
	}
}

// TestOrderOfRetries: a node refuses the first write of a batch and executes the next one on the same key, because it has
// learned meanwhile that it leads, or that it owns the slot. The first is not executed after the second. It counts as
// executed before that if nobody could tell, and has failed otherwise.
func TestOrderOfRetries(t *testing.T) {
	for _, answer := range []string{"READONLY You can't write against a read only replica.", "MOVED 1 127.0.0.1:1", "TRYAGAIN in a moment"} {
		for name, x := range map[string]struct {
			add   func(p *Pipeline) (one Queued)
			fails bool
			want  string // the value in the end
		}{
			"Set, Set":      {func(p *Pipeline) Queued { return p.Set("k", []byte("1")) }, false, "two"},
			"twice refused": {func(p *Pipeline) Queued { one := p.Set("k", []byte("1")); p.Set("k", []byte("1")); return one }, false, "two"},
			"Set, Get, Set": {func(p *Pipeline) Queued { one := p.Set("k", []byte("1")); p.Get("k"); return one }, true, "two"},
			"Add, Set":      {func(p *Pipeline) Queued { return p.Add("k", []byte("1")) }, true, "two"},
			"Set, KeepTTL": {func(p *Pipeline) Queued {
				one := p.Set("k", []byte("1"), TTL(time.Hour))
				p.Set("k", []byte("two"), KeepTTL())
				return one
			}, true, "two"},
			"Set, Incr, Set": {func(p *Pipeline) Queued { one := p.Set("k", []byte("1")); p.Incr("k", 1); return one }, true, "two"},
			"Do, Set":        {func(p *Pipeline) Queued { return p.Do("SETEX", "k", "10", "1") }, true, "two"},
			"Set, Do, Set":   {func(p *Pipeline) Queued { one := p.Set("k", []byte("1")); p.DoRead("GET", "k"); return one }, true, "two"},
		} {
			t.Run(codeOf(&ServerError{answer})+", "+name, func(t *testing.T) {
				s := newFakeSlots(t)
				c, f, deny := s.client(), s.nodes[0][0], true
				f.mu.Lock()
				plan := f.plan
				f.plan = func(conn int, args []string) act {
					if deny = deny && args[len(args)-1] != "two" && args[len(args)-1] != "KEEPTTL"; deny && slices.Contains(args, "1") && args[0] != "INCRBY" {
						return act{deny: "-" + answer + "\r\n"}
					}
					return plan(conn, args)
				}
				f.mu.Unlock()
				p := c.Pipeline()
				one := x.add(p)
				two := p.Set("k", []byte("two"))
				get := p.Get("k")
				_ = p.Exec(testkit.Within(t, 20*time.Second))
				if err := one.Err(); err == nil == x.fails || err != nil && !errors.Is(err, ErrNotSent) {
					t.Errorf("the first write: %v", err)
				}
				if err := two.Err(); err != nil {
					t.Error(err)
				}
				if v, err := get.Bytes(); err != nil || string(v) != x.want {
					t.Errorf("Get = %q, %v", v, err)
				}
				if v, _ := f.get("k"); v != x.want {
					t.Errorf("the earlier write was executed after the later one: %q", v)
				}
			})
		}
	}
}

// TestOrderOfCommands: a command with several keys is refused, and a later write on the second of them is executed.
func TestOrderOfCommands(t *testing.T) {
	f := newFake(t)
	refused := false
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "MSET" && !refused {
			refused = true
			return act{deny: "-READONLY You can't write against a read only replica.\r\n"}
		}
		return act{}
	})
	c := newClient(t, []*fakeNode{f})
	p := c.Pipeline()
	one := p.Do("MSET", "j", "1", "k", "1")
	two := p.Set("k", []byte("two"))
	_ = p.Exec(testkit.Within(t, 20*time.Second))
	wantErr(t, one.Err(), "read only", ErrReadOnly, ErrNotSent)
	if err := two.Err(); err != nil || f.count("MSET") != 1 {
		t.Errorf("MSET was sent %d times; %v", f.count("MSET"), err)
	}
}
