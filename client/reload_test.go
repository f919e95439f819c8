package client

import (
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// Reload applies every change of a server or of a time, and keeps the connections of
// unchanged nodes.
func TestReloadNoticesEveryChange(t *testing.T) {
	nodes := []*fakeNode{newFake(t), newFake(t), newFake(t)}
	base := Config{Groups: []Group{
		{ID: "a", Weight: 1, Members: []Member{{ID: "a1", Address: nodes[0].addr, Zone: "z"}, {ID: "a2", Address: nodes[1].addr}}},
		{ID: "b", Weight: 1, Members: []Member{{ID: "b1", Address: nodes[2].addr}}},
	}}
	for name, x := range map[string]struct {
		change func(*Config)
		kept   []string // nodes that stay as they are
	}{
		"nothing":          {func(*Config) {}, []string{"a1", "a2", "b1"}},
		"address":          {func(c *Config) { c.Groups[0].Members[0].Address = "127.0.0.1:1" }, []string{"a2", "b1"}},
		"further address":  {func(c *Config) { c.Groups[0].Members[0].More = []string{"127.0.0.1:1"} }, []string{"a2", "b1"}},
		"tls_address":      {func(c *Config) { c.Groups[0].Members[0].TLSAddress = "127.0.0.1:1" }, []string{"a2", "b1"}},
		"zone":             {func(c *Config) { c.Groups[0].Members[0].Zone = "y" }, []string{"a2", "b1"}},
		"id":               {func(c *Config) { c.Groups[0].Members[0].ID = "a9" }, []string{"a2", "b1"}},
		"role":             {func(c *Config) { slices.Reverse(c.Groups[0].Members) }, []string{"a1", "a2", "b1"}},
		"weight":           {func(c *Config) { c.Groups[0].Weight = 7 }, []string{"a1", "a2", "b1"}},
		"group":            {func(c *Config) { c.Groups[0].ID = "c" }, []string{"a1", "a2", "b1"}},
		"age":              {func(c *Config) { c.ConnMaxAge = time.Hour }, nil},
		"keepalive":        {func(c *Config) { c.KeepAlive = time.Hour }, nil},
		"time to be aside": {func(c *Config) { c.UnhealthyInterval = time.Hour }, nil},
	} {
		cfg := base.clone()
		c, err := New(func(o *options) error {
			o.source = func() (Config, error) { return cfg, nil }
			return nil
		}, WithZone("z"))
		if err != nil {
			t.Fatal(err)
		}
		before := c.topology.Load()
		cfg = base.clone()
		x.change(&cfg)
		if err := c.Reload(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		after := c.topology.Load()
		if (before == after) != (name == "nothing") {
			t.Errorf("%s: the topology is the same: %v", name, before == after)
		}
		var kept []string
		for _, n := range after.nodes {
			if slices.Contains(before.nodes, n) {
				kept = append(kept, n.id)
			}
		}
		if slices.Sort(kept); !slices.Equal(kept, x.kept) {
			t.Errorf("%s: kept %v, want %v", name, kept, x.kept)
		}
		for i, w := range []time.Duration{cfg.ConnMaxAge, cfg.KeepAlive, cfg.UnhealthyInterval} {
			o := after.nodes[0].opts
			if got := []time.Duration{o.maxAge, o.keepAlive, o.aside}[i]; w != 0 && got != w {
				t.Errorf("%s: time %d is %v, want %v", name, i, got, w)
			}
		}
		if name == "role" && after.groups[0].writer().id != "a2" && after.groups[1].writer().id != "a2" {
			t.Error("the new primary does not get the writes")
		}
		c.Close()
	}
}

// Reload refuses what New refuses, and then changes nothing.
func TestReloadChecksAsNewDoes(t *testing.T) {
	f := newFake(t)
	good := Config{Groups: []Group{{ID: "a", Members: []Member{{ID: "a1", Address: f.addr}}}}}
	cfg := good.clone()
	from := func(cfg *Config) Option {
		return func(o *options) error {
			o.source = func() (Config, error) { return *cfg, nil }
			return nil
		}
	}
	c, err := New(from(&cfg))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	before := c.topology.Load()
	for name, change := range map[string]func(*Config){
		"no groups":           func(c *Config) { c.Groups = nil },
		"no members":          func(c *Config) { c.Groups[0].Members = nil },
		"two of one id":       func(c *Config) { c.Groups[0].Members = append(c.Groups[0].Members, c.Groups[0].Members[0]) },
		"no port":             func(c *Config) { c.Groups[0].Members[0].Address = "host" },
		"no port for TLS":     func(c *Config) { c.Groups[0].Members[0].TLSAddress = "host" },
		"a negative weight":   func(c *Config) { c.Groups[0].Weight = -1 },
		"a negative age":      func(c *Config) { c.ConnMaxAge = -1 },
		"a negative aside":    func(c *Config) { c.UnhealthyInterval = math.MinInt64 },
		"a negative interval": func(c *Config) { c.KeepAlive = -time.Second },
	} {
		cfg = good.clone()
		change(&cfg)
		if wrong, err := New(from(&cfg)); err == nil {
			t.Errorf("New accepts a config with %s", name)
			wrong.Close()
		}
		if err := c.Reload(); err == nil || c.topology.Load() != before {
			t.Errorf("Reload accepts a config with %s: %v", name, err)
		}
	}
}

// The longest possible times do not overflow.
func TestLongTimes(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f}, WithUnhealthy(1, math.MaxInt64), WithConnMaxAge(math.MaxInt64))
	n := c.topology.Load().nodes[0]
	n.failed()
	n.health.mu.Lock()
	defer n.health.mu.Unlock()
	if !n.health.aside.Load() || !n.health.timer.Stop() {
		t.Error("a node that is set aside for a very long time is probed at once")
	}
}

// When every member of a group refuses writes, the config is read again, once, and the write
// goes to the primary that it names then.
func TestReadOnlyRereadsTheConfig(t *testing.T) {
	old, next := newFake(t), newFake(t)
	old.role = "replica"
	cfgs := []Config{{Groups: []Group{{ID: "g", Members: []Member{{ID: "old", Address: old.addr}}}}},
		{Groups: []Group{{ID: "g", Members: []Member{{ID: "next", Address: next.addr}}}}}}
	var reads, now atomic.Int32
	c := newClientOf(t, cfgs[0])
	c.opts.source = func() (Config, error) { reads.Add(1); return cfgs[now.Load()], nil }
	ctx := testkit.Within(t, 5*time.Second)
	for range 3 { // the config is unchanged, and not read each time
		wantErr(t, c.Set(ctx, "k", []byte("v")), "READONLY", ErrReadOnly, ErrNotSent)
	}
	if n := reads.Load(); n != 1 {
		t.Errorf("the config was read %d times", n)
	}
	for name, op := range map[string]func() error{
		"Set":      func() error { return c.Set(ctx, "k", []byte("v")) },
		"SetMany":  func() error { return c.SetMany(ctx, []Item{{Key: "a"}, {Key: "b"}}) },
		"FlushAll": func() error { return c.FlushAll(ctx) },
	} {
		now.Store(0)
		if err := c.Reload(); err != nil {
			t.Fatal(err)
		}
		now.Store(1)
		c.reloading.Lock()
		c.rereadAt = time.Time{}
		c.reloading.Unlock()
		if err := op(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := old.count("SET"); n > 7 {
		t.Errorf("the old primary was asked %d times", n)
	}
}
