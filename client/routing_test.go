package client

import (
	"fmt"
	"testing"
)

// threeGroups returns the routing of three groups of one node that nobody dials.
func threeGroups(t testing.TB) *routing {
	var cfg Config
	for i := range 3 {
		id := fmt.Sprint("g", i)
		cfg.Groups = append(cfg.Groups, Group{ID: id, Members: []Member{{ID: id, Address: fmt.Sprint("127.0.0.1:", 1+i)}}})
	}
	return newClientOf(t, cfg, WithDialer(neverDial)).topology.Load()
}

// BenchmarkOwner looks up the group of a key of 16 bytes.
func BenchmarkOwner(b *testing.B) {
	t, key := threeGroups(b), "user:42:profile!"
	b.ReportAllocs()
	for b.Loop() {
		if t.group(key) == nil {
			b.Fatal("no group")
		}
	}
}
