package client

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// untold is a client of both groups whose user may not use TOPOLOGY.
func (s *fakeSlots) untold(opts ...Option) *Client {
	s.mute.Store(true)
	cfg := Config{}
	for g, id := range []string{"a", "b"} {
		cfg.Groups = append(cfg.Groups, Group{ID: id, Members: []Member{
			{ID: id + "0", Address: s.nodes[g][0].addr}, {ID: id + "1", Address: s.nodes[g][1].addr}}})
	}
	c := newClientOf(s.t, cfg, append([]Option{WithConnsPerNode(1)}, opts...)...)
	ready(s.t, c)
	return c
}

// TestMovedWithoutPermission: all slots move. Nodes refuse TOPOLOGY. Every operation goes where MOVED says, and the next one
// goes there at once.
func TestMovedWithoutPermission(t *testing.T) {
	for name, x := range onOne {
		t.Run(name, func(t *testing.T) {
			s := newFakeSlots(t)
			is := s.both()
			s.tell(is)
			c, key := s.untold(), is.keys(0, 1)[0]
			s.put(1, key, "7")
			s.tell(&fakeTopology{is.document, allB})
			ctx := testkit.Within(t, 20*time.Second)
			if got, err := x.do(ctx, c, key); err != nil || got != x.want {
				t.Errorf("%q, %v; want %q", got, err, x.want)
			}
			if !c.owns("b", key) {
				t.Error("the client has not noted the new owner")
			}
		})
	}
	for name, do := range onMany {
		t.Run(name, func(t *testing.T) {
			s := newFakeSlots(t)
			is := s.both()
			s.tell(is)
			c := s.untold()
			var keys []string
			for g := range 2 {
				keys = append(keys, is.keys(g, 50)...)
			}
			for _, k := range keys {
				s.put(1, k, "7")
			}
			s.tell(&fakeTopology{is.document, allB})
			before := s.count("GET") + s.count("SET") + s.count("INCRBY") + s.count("DEL")
			if got, err := do(testkit.Within(t, 20*time.Second), c, keys); err != nil || got != "100" {
				t.Errorf("%s of 100 are right, %v", got, err)
			}
			if n := s.count("GET") + s.count("SET") + s.count("INCRBY") + s.count("DEL") - before; n > 600 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestRedirectionsInCircles: two groups name each other the owner for a while. The client pauses between its attempts.
func TestRedirectionsInCircles(t *testing.T) {
	s := newFakeSlots(t)
	is := s.both()
	s.tell(is)
	c := s.untold()
	s.put(1, "k", "7")
	for g := range s.knows {
		for i := range s.knows[g] {
			s.knows[g][i].Store(&fakeTopology{is.document, func(int) int { return 1 - g }})
		}
	}
	time.AfterFunc(100*time.Millisecond, func() { s.tell(&fakeTopology{is.document, allB}) })
	if v, err := c.Get(testkit.Within(t, 20*time.Second), "k", FromPrimary()); err != nil || string(v) != "7" {
		t.Errorf("%q, %v", v, err)
	}
	if n := s.count("GET"); n > 200 {
		t.Errorf("%d requests", n)
	}
	deny := fmt.Sprintf("-MOVED 1 %s\r\n", testkit.Nobody(t))
	s.busy.Store(&deny)
	_, err := c.Get(testkit.Within(t, 20*time.Second), "k")
	wantErr(t, err, "MOVED 1", ErrNotSent, ErrUnavailable)
}
