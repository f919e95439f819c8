package client

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// newcomer returns a new client whose config names nodes[0] the primary. It has no connection yet: greetings take late.
func (g *fakeGroup) newcomer(t *testing.T, late time.Duration) *Client {
	t.Helper()
	cfg := Config{Groups: []Group{{ID: "g"}}}
	for i, f := range g.nodes {
		cfg.Groups[0].Members = append(cfg.Groups[0].Members, Member{ID: fmt.Sprint("n", i), Address: f.addr})
		f.mu.Lock()
		plan := f.plan
		f.plan = func(conn int, args []string) act {
			a := plan(conn, args)
			if args[0] == "HELLO" {
				a.delay = late
			}
			return a
		}
		f.mu.Unlock()
	}
	return newClientOf(t, cfg, WithConnsPerNode(1), WithReadTimeout(10*time.Second))
}

// TestNewClientOfADeadPrimary: the config's primary is dead when a client is made. Its first request finds the current
// primary, like a request of a client that has known the group for long.
func TestNewClientOfADeadPrimary(t *testing.T) {
	for _, x := range []struct {
		name    string
		version uint64
		later   bool // the next primary is chosen later
	}{
		{"another leads, without etcd", 0, false}, {"another leads, with etcd", 1, false}, {"another will lead", 1, true},
	} {
		for name, request := range map[string]func(c *Client) error{
			"Set": func(c *Client) error { return c.Set(testkit.Within(t, 10*time.Second), "k", []byte("v")) },
			"SetMany": func(c *Client) error {
				return c.SetMany(testkit.Within(t, 10*time.Second), []Item{{Key: "k"}, {Key: "l"}})
			},
			"FlushAll": func(c *Client) error { return c.FlushAll(testkit.Within(t, 10*time.Second)) },
			"Get":      func(c *Client) error { _, err := c.Get(testkit.Within(t, 10*time.Second), "key"); return err },
			"FromPrimary": func(c *Client) error {
				_, err := c.Get(testkit.Within(t, 10*time.Second), "key", FromPrimary())
				return err
			},
		} {
			if x.later && name == "FromPrimary" {
				continue // it does not wait for an election
			}
			t.Run(name+", "+x.name, func(t *testing.T) {
				t.Parallel()
				g := newFakeGroup(t, x.version)
				g.nodes[1].put("key", "v")
				if !x.later {
					g.lead(x.version, 2, 1)
				}
				g.nodes[0].stop()
				c := g.newcomer(t, 100*time.Millisecond)
				if x.later {
					time.AfterFunc(300*time.Millisecond, func() { g.lead(x.version, 2, 1) })
				}
				if err := request(c); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestNewClientDoesNotWaitInVain: all members of the group are dead, so that no other primary can appear.
func TestNewClientDoesNotWaitInVain(t *testing.T) {
	g := newFakeGroup(t, 1)
	g.nodes[0].stop()
	g.nodes[1].stop()
	c := g.newcomer(t, 0)
	began := time.Now()
	wantErr(t, c.Set(testkit.Within(t, time.Minute), "k", []byte("v")), "", ErrUnavailable, ErrNotSent)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
