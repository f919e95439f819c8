package client

import (
	"context"
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

// A write is not executed after a later one on its key either when a connection breaks before
// anything is sent, or when a part of the batch meets another primary.
func TestOrderOfRetries(t *testing.T) {
	f := newFake(t)
	refused := false
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "SET" && args[2] == "one" && !refused {
			refused = true
			return act{deny: "-READONLY You can't write against a read only replica.\r\n"}
		}
		return act{}
	})
	c := newClient(t, []*fakeNode{f})
	p := c.Pipeline()
	one := p.Set("k", []byte("one"))
	two := p.Set("k", []byte("two"))
	get := p.Get("k")
	_ = p.Exec(context.Background())
	wantErr(t, one.Err(), "read only", ErrReadOnly, ErrNotSent)
	if err := two.Err(); err != nil {
		t.Error(err)
	}
	if v, err := get.Bytes(); err != nil || string(v) != "two" {
		t.Errorf("Get = %q, %v", v, err)
	}
	if v, _ := f.get("k"); v != "two" {
		t.Errorf("the earlier write was executed after the later one: %q", v)
	}
}
