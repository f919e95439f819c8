package node

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestPolicy checks that eviction_policy decides the policy of the store.
func TestPolicy(t *testing.T) {
	for _, p := range policy.All() {
		n := config.Node{Settings: config.Settings{MaxSize: 10, EvictionPolicy: strings.ToLower(p.String())}}
		o, err := storeOptions(&n)
		if err != nil {
			t.Fatal(err)
		}
		store, err := lru.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if got := store.Shards().Policy(); got != p {
			t.Errorf("%s: the store has %v", n.EvictionPolicy, got)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := storeOptions(&config.Node{Settings: config.Settings{EvictionPolicy: "MRU"}}); err == nil {
		t.Error("MRU is a policy")
	}
}
