package node

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
)

// TestAppliers checks that one of the two tables has each key that a reload applies, and that neither has another.
func TestAppliers(t *testing.T) {
	known := map[string]bool{}
	for _, k := range config.Keys() {
		_, set := live[k.Name]
		_, apply := prepared[k.Name]
		if (set || apply) != (k.Uptake == config.OnReload) || set && apply {
			t.Errorf("%s takes effect at %d; it is in live: %v, in prepared: %v", k.Name, k.Uptake, set, apply)
		}
		known[k.Name] = true
	}
	for _, key := range slices.Concat(slices.Collect(maps.Keys(live)), slices.Collect(maps.Keys(prepared))) {
		if !known[key] {
			t.Errorf("there is no key %s", key)
		}
	}
}

// TestLimitsAtStart checks that a node starts with the limits of its config.
func TestLimitsAtStart(t *testing.T) {
	s := Setup{Node: config.Standalone(), Addressed: true}
	s.Node.Addresses = []string{"127.0.0.1:0"}
	s.Node.MaxConnections, s.Node.IdleTimeout, s.Node.TCPKeepAlive, s.Node.ClientBuffers = 7, time.Minute, time.Hour, 3e6
	n, err := New(Options{Setup: s, Log: logTo(t, new(console))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	defer n.Run(ctx) //nolint:errcheck // it releases what the node holds
	if srv := n.server; srv.MaxConnections() != 7 || srv.IdleTimeout() != time.Minute || srv.KeepAlive() != time.Hour || srv.ClientBuffers() != 3e6 {
		t.Errorf("the server has %d, %v, %v, %d", srv.MaxConnections(), srv.IdleTimeout(), srv.KeepAlive(), srv.ClientBuffers())
	}
}
