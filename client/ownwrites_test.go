package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/lru/view"
)

// ownGroup starts a group of three; the secondaries hand out their memory, the primary does not.
func ownGroup(t *testing.T) *nodeprocess.Group {
	t.Helper()
	common := map[string]any{"max_memory": "64MB", "local_reads": true}
	g, err := nodeprocess.New(nodeprocess.Options{Secondaries: 2, Sections: map[string]any{"common": common}})
	must(t, err)
	t.Cleanup(g.Close)
	must(t, g.WriteConfigs())
	must(t, nodeprocess.WriteConfig(g.Nodes[0].Config, g.Members(0), map[string]any{"common": map[string]any{"max_memory": "64MB"}}))
	for i := range g.Nodes {
		must(t, g.Run(i))
	}
	_, err = g.InStep(ctx)
	must(t, err)
	return g
}

// ownChange is a write of the keys "k" and "n", and what is read afterwards.
type ownChange struct {
	do   func(c *client.Client) error
	want string // of "k"; empty: it is not there
}

var ownChanges = map[string]ownChange{
	"Set":    {func(c *client.Client) error { return c.Set(ctx, "k", []byte("new")) }, "new"},
	"Delete": {func(c *client.Client) error { _, err := c.Delete(ctx, "k"); return err }, ""},
	"Incr":   {func(c *client.Client) error { _, err := c.Incr(ctx, "k", 5); return err }, "6"},
	"CompareAndSwap": {func(c *client.Client) error {
		_, err := c.CompareAndSwap(ctx, "k", []byte("1"), []byte("new"))
		return err
	}, "new"},
	"SetMany":    {func(c *client.Client) error { return c.SetMany(ctx, []client.Item{{Key: "k", Value: []byte("new")}}) }, "new"},
	"DeleteMany": {func(c *client.Client) error { _, err := c.DeleteMany(ctx, []string{"x", "k"}); return err }, ""},
	"Pipeline": {func(c *client.Client) error {
		p := c.Pipeline()
		p.Incr("k", 1)
		p.Do("APPEND", "k", "0")
		return p.Exec(ctx)
	}, "20"},
	"Do":       {func(c *client.Client) error { _, err := c.Do(ctx, "MSET", "x", "1", "k", "new"); return err }, "new"},
	"DoNode":   {func(c *client.Client) error { _, err := c.DoNode(ctx, "n0", "SET", "k", "new"); return err }, "new"},
	"FlushAll": {func(c *client.Client) error { return c.FlushAll(ctx) }, ""},
}

// ownReads read "k"; a key that is not there is "".
var ownReads = map[string]func(c *client.Client) (string, error){
	"Get": func(c *client.Client) (string, error) { v, err := c.Get(ctx, "k"); return string(v), err },
	"GetTo": func(c *client.Client) (string, error) {
		v, err := c.GetTo(ctx, "k", make([]byte, 0, 100))
		return string(v), err
	},
	"GetMany": func(c *client.Client) (string, error) {
		rs, err := c.GetMany(ctx, []string{"y", "k"})
		return string(rs[1].Value), err
	},
	"GetWithTTL": func(c *client.Client) (string, error) { v, _, err := c.GetWithTTL(ctx, "k"); return string(v), err },
	"Pipeline": func(c *client.Client) (string, error) {
		p := c.Pipeline()
		v := p.Get("k")
		_ = p.Exec(ctx) // a missing key is no failure
		b, err := v.Bytes()
		return string(b), err
	},
	"DoRead": func(c *client.Client) (string, error) { v, err := c.DoRead(ctx, "GET", "k"); return v.Text(), err },
	"GetOrLoad": func(c *client.Client) (string, error) {
		none := errors.New("nothing to load")
		v, err := c.GetOrLoad(ctx, "k", time.Hour, func(context.Context) ([]byte, error) { return nil, none })
		if errors.Is(err, none) {
			err = nil
		}
		return string(v), err
	},
}

func TestReadYourWrites(t *testing.T) {
	g := ownGroup(t) // takes seconds, and so there is one
	t.Run("every way", func(t *testing.T) { ownEveryWay(t, g) })
	t.Run("comes back", func(t *testing.T) { ownComesBack(t, g) })
	t.Run("scan", func(t *testing.T) { ownScan(t, g) })
	t.Run("needs the primary", func(t *testing.T) { ownNeedsPrimary(t, g) })
}

// ownEveryWay holds the secondaries back and changes a key in every way: no way to read it returns what was before, unless the
// client is without the option.
func ownEveryWay(t *testing.T, g *nodeprocess.Group) {
	t.Helper()
	file := client.WithConfigFile(g.Nodes[0].Config)
	local := clientOf(t, file, client.WithLocalReads(), client.WithReadYourWrites())
	if view.Supported {
		localStatus(t, local, "n1", true)
		localStatus(t, local, "n2", true)
	}
	clients := map[string]*client.Client{
		"plain":       clientOf(t, file),
		"own writes":  clientOf(t, file, client.WithReadYourWrites()),
		"hedged":      clientOf(t, file, client.WithReadYourWrites(), client.WithHedgedReads(), client.WithReads(client.ReadFastest)),
		"local reads": local,
	}
	for change, is := range ownChanges {
		for name, c := range clients {
			must(t, c.Set(ctx, "k", []byte("1")))
			must(t, g.Resume()) // and wait for the secondaries
			must(t, g.Pause())
			must(t, is.do(c))
			stale := map[string]bool{}
			for range 6 {
				for read, get := range ownReads {
					got, err := get(c)
					if err != nil && !errors.Is(err, client.ErrNotFound) {
						t.Fatalf("%s of client %q after %s: %v", read, name, change, err)
					}
					if got != is.want {
						stale[read] = true
						if name != "plain" {
							t.Errorf("%s of client %q after %s: %q, want %q", read, name, change, got, is.want)
						}
					}
				}
			}
			if name == "plain" && len(stale) < len(ownReads)-1 { // another reader may have refreshed the key for GetOrLoad
				t.Errorf("without the option only these were stale after %s: %v", change, stale)
			}
		}
	}
}

// ownComesBack asks that secondaries, and their memory, are read again once they have what the client has written,
// and for keys that it has not written all the time.
func ownComesBack(t *testing.T, g *nodeprocess.Group) {
	t.Helper()
	if !view.Supported {
		t.Skip("SKIPPED: this build cannot read another process's memory")
	}
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads(), client.WithReadYourWrites())
	localStatus(t, c, "n1", true)
	other := clientOf(t, client.WithConfigFile(g.Nodes[0].Config))
	must(t, other.Set(ctx, "other", []byte("v")))
	must(t, g.Resume())
	must(t, g.Pause())
	must(t, c.Set(ctx, "k", []byte("v")))
	before := statusOf(t, c, "n1").LocalReads
	for range 20 {
		expect(t, c, "k", "v")
	}
	if n := statusOf(t, c, "n1").LocalReads - before; n != 0 {
		t.Errorf("%d reads of memory that lacks the write", n)
	}
	for range 20 {
		expect(t, c, "other", "v")
	}
	if n := statusOf(t, c, "n1").LocalReads - before; n != 20 {
		t.Errorf("%d of 20 reads of a key that the client has not written were of memory", n)
	}
	must(t, g.Resume())
	theirs, err := nodeprocess.Ask(ctx, g.Nodes[0].Address, "REPLICA", "POSITION")
	must(t, err)
	is, err := nodeprocess.Ask(ctx, g.Nodes[1].Address, "REPLICA", "POSITION")
	must(t, err)
	if want := strings.Replace(theirs.Raw, "$6\r\nmaster", "$5\r\nslave", 1); is.Raw != want || len(is.Elems) != 3 || is.Elems[1].Text == "" {
		t.Errorf("the secondary is at %v, its primary at %v", is, theirs)
	}
	for end := time.Now().Add(30 * time.Second); statusOf(t, c, "n1").LocalReads-before == 20; time.Sleep(time.Millisecond) {
		expect(t, c, "k", "v")
		if time.Now().After(end) {
			t.Fatal("the secondary's memory is not read again")
		}
	}
}

// ownScan asks that a scan finds what the client has stored.
func ownScan(t *testing.T, g *nodeprocess.Group) {
	t.Helper()
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithReadYourWrites())
	must(t, c.FlushAll(ctx))
	must(t, g.Resume())
	must(t, g.Pause())
	must(t, c.Set(ctx, "k", []byte("v")))
	for range 6 {
		var keys []string
		for k, err := range c.Scan(ctx, client.ScanOptions{}) {
			must(t, err)
			keys = append(keys, k)
		}
		if !slices.Equal(keys, []string{"k"}) {
			t.Errorf("keys %q", strings.Join(keys, " "))
		}
	}
}

// ownNeedsPrimary kills the primary: while it is away and nobody else has the write, a read of it fails, and others do not.
func ownNeedsPrimary(t *testing.T, g *nodeprocess.Group) {
	t.Helper()
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithReadYourWrites())
	must(t, c.Set(ctx, "a", []byte("v")))
	must(t, g.Resume())
	for end := time.Now().Add(30 * time.Second); !bothRead(t, c, "a"); {
		if time.Now().After(end) {
			t.Fatal("the secondaries are not read")
		}
	}
	must(t, g.Pause())
	must(t, c.Set(ctx, "b", []byte("v")))
	g.Nodes[0].Kill()
	retry(t, func() error {
		if _, err := c.Get(ctx, "b"); !errors.Is(err, client.ErrUnavailable) {
			return fmt.Errorf("a read of what only the primary has: %w", err)
		}
		return nil
	})
	for range 10 {
		expect(t, c, "a", "v")
	}
}

// bothRead reads key until each of the secondaries has been asked once, or ten times.
func bothRead(t *testing.T, c *client.Client, key string) bool {
	t.Helper()
	n1, n2 := statusOf(t, c, "n1").Requests, statusOf(t, c, "n2").Requests
	for range 10 {
		expect(t, c, key, "v")
	}
	time.Sleep(100 * time.Millisecond) // questions
	return statusOf(t, c, "n1").Requests > n1+2 && statusOf(t, c, "n2").Requests > n2+2
}
