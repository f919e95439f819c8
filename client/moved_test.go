package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// changes are topologies before and after some slots move from group a to group b.
var changes = map[string]func(s *fakeSlots) (before, after *fakeTopology){
	"to a group that the client has not heard of": func(s *fakeSlots) (before, after *fakeTopology) { return s.only(), s.both() },
	"in the stored assignment": func(s *fakeSlots) (before, after *fakeTopology) {
		return s.assigned(1, allA), s.assigned(2, s.onRing())
	},
}

// TestMovedKeys: slots move. Every operation learns the topology when a node answers MOVED, and takes effect once.
func TestMovedKeys(t *testing.T) {
	for change, topologies := range changes {
		for name, x := range onOne {
			t.Run(name+", "+change, func(t *testing.T) {
				s := newFakeSlots(t)
				before, is := topologies(s)
				s.tell(before)
				c := s.client()
				key := is.keys(1, 1)[0]
				s.put(1, key, "7")
				s.tell(is)
				if got, err := x.do(testkit.Within(t, 20*time.Second), c, key); err != nil || got != x.want {
					t.Errorf("%q, %v; want %q", got, err, x.want)
				}
			})
		}
		for name, do := range onMany {
			t.Run(name+", "+change, func(t *testing.T) {
				s := newFakeSlots(t)
				before, is := topologies(s)
				s.tell(before)
				c := s.client()
				var keys []string
				for g := range 2 {
					for _, k := range is.keys(g, 50) {
						s.put(g, k, "7")
						keys = append(keys, k)
					}
				}
				s.tell(is)
				if got, err := do(testkit.Within(t, 20*time.Second), c, keys); err != nil || got != "100" {
					t.Errorf("%s of 100 are right, %v", got, err)
				}
			})
		}
	}
}

// TestMovedAtASecondary: a secondary of the new owner answers MOVED a moment longer than its primary. Reads go to the
// primary, and the topology is not asked for.
func TestMovedAtASecondary(t *testing.T) {
	s := newFakeSlots(t)
	old, is := s.only(), s.both()
	s.tell(is)
	keys := is.keys(1, 20)
	for _, k := range keys {
		s.put(1, k, "7")
	}
	c := s.client()
	s.knows[1][1].Store(old)
	ctx, before := testkit.Within(t, 20*time.Second), s.count("TOPOLOGY")
	for _, k := range keys {
		if v, err := c.Get(ctx, k); err != nil || string(v) != "7" {
			t.Errorf("Get: %q, %v", v, err)
		}
	}
	for range 4 {
		if rs, err := c.GetMany(ctx, keys); err != nil || string(rs[7].Value) != "7" {
			t.Errorf("GetMany: %q, %v", rs, err)
		}
	}
	if s.nodes[1][1].count("GET") == 0 {
		t.Error("the secondary was never asked")
	}
	if n := s.count("TOPOLOGY") - before; n > 0 {
		t.Errorf("the topology was asked for %d times", n)
	}
}

// TestRefusedDuringAChange: while nodes cannot say who owns a slot, operations wait until their deadline.
func TestRefusedDuringAChange(t *testing.T) {
	for _, refusal := range []string{"MOVED 1 127.0.0.1:1", "TRYAGAIN in a moment", "CLUSTERDOWN Hash slot not served"} {
		t.Run(strings.Fields(refusal)[0], func(t *testing.T) {
			t.Parallel()
			s := newFakeSlots(t)
			s.put(0, "k", "7")
			c := s.client()
			deny := "-" + refusal + "\r\n"
			for name, do := range map[string]func(ctx context.Context) error{
				"Get":     func(ctx context.Context) error { _, err := c.Get(ctx, "k"); return err },
				"Set":     func(ctx context.Context) error { return c.Set(ctx, "k", nil) },
				"GetMany": func(ctx context.Context) error { _, err := c.GetMany(ctx, []string{"k", "l"}); return err },
				"SetMany": func(ctx context.Context) error { return c.SetMany(ctx, []Item{{Key: "k"}, {Key: "l"}}) },
			} {
				s.busy.Store(&deny)
				short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				began := time.Now()
				err := do(short)
				cancel()
				if took := time.Since(began); err == nil || took < 60*time.Millisecond {
					t.Errorf("%s: %v after %v", name, err, took)
				}
				if errors.Is(err, ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
				time.AfterFunc(50*time.Millisecond, func() { s.busy.Store(nil) })
				if err := do(testkit.Within(t, 20*time.Second)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			s.busy.Store(&deny)
			_, err := c.DoNode(t.Context(), "a0", "GET", "k") // goes to this node in any case
			wantErr(t, err, refusal, ErrNotSent, ErrUnavailable)
		})
	}
}

// TestQueriesOfManyCallers: callers that get MOVED at the same time share the queries of the topology, which become rare
// when they bring no news.
func TestQueriesOfManyCallers(t *testing.T) {
	s := newFakeSlots(t)
	c := s.client()
	deny := "-MOVED 1 127.0.0.1:1\r\n"
	s.busy.Store(&deny)
	before, began := s.count("TOPOLOGY"), time.Now()
	var wg sync.WaitGroup
	ctx := testkit.Within(t, 500*time.Millisecond)
	for i := range 100 {
		wg.Go(func() {
			if err := c.Set(ctx, fmt.Sprint(i), nil); err == nil {
				t.Error("a write succeeded")
			}
		})
	}
	wg.Wait()
	// Each asks the two members of the group.
	quick := patientQueries + int(time.Since(began)/(longestPause/2)) + 8
	if n := s.count("TOPOLOGY") - before; n == 0 || n > 2*quick {
		t.Errorf("the topology was asked for %d times in %v, want at most %d", n, time.Since(began), 2*quick)
	}
	if n := s.count("SET"); n > 100*(quick+2) {
		t.Errorf("%d requests", n)
	}
}

// TestMovedWithoutTopology: a client that nodes do not tell about groups returns MOVED at once.
func TestMovedWithoutTopology(t *testing.T) {
	f := newFake(t)
	f.setPlan(func(_ int, args []string) act { return act{deny: "-MOVED 1 127.0.0.1:1\r\n"} })
	c := newClientOf(t, Config{Groups: []Group{{ID: "g", Members: []Member{{ID: "n", Address: f.addr}}}}})
	s, err := New(WithServers(f.addr))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f.setPlan(nil)
	ready(t, c)
	ready(t, s)
	f.setPlan(func(_ int, args []string) act { return act{deny: "-MOVED 1 127.0.0.1:1\r\n"} })
	for _, c := range []*Client{c, s} {
		before := f.count("GET")
		_, err := c.Get(testkit.Within(t, 20*time.Second), "k")
		wantErr(t, err, "MOVED 1", ErrNotSent, ErrUnavailable)
		if n := f.count("GET") - before; n != 1 {
			t.Errorf("the node was asked %d times", n)
		}
	}
}
