package sut

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestPolicyOfCache: policy= chooses what the cache in this process evicts by.
func TestPolicyOfCache(t *testing.T) {
	for rest, want := range map[string]policy.Policy{
		"": policy.LRU, "?policy=S3-FIFO": policy.S3FIFO, "?policy=lfu&memory=64MB": policy.LFU, "?entries=100&policy=AUTO": policy.AUTO,
	} {
		target, err := openLRU(t.Context(), rest, Options{Memory: 8 << 20})
		if err != nil {
			t.Fatal(rest, err)
		}
		if got := target.Caller.(*cacheLRU).c.Policy(); got != want {
			t.Errorf("%q: %v, want %v", rest, got, want)
		}
		if err := target.Close(); err != nil {
			t.Error(rest, err)
		}
	}
	for _, name := range []string{"MRU", "", "allkeys-lru"} {
		if _, err := openLRU(t.Context(), "?policy="+name, Options{}); err == nil || !strings.Contains(err.Error(), "there are LRU, ExactLRU, ") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestPolicyOfNode: the config of a node that is started has its policy.
func TestPolicyOfNode(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGroup("cachegopher", 0, Options{Binary: self})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close() //nolint:errcheck // nothing was started
	for p, want := range map[policy.Policy]any{policy.LRU: nil, policy.S3FIFO: "S3-FIFO"} {
		g.policy = p
		if _, err := nodeArgs(g, 0); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(g.Nodes[0].Config)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Common map[string]any }
		if err := json.Unmarshal(text, &file); err != nil || file.Common["eviction_policy"] != want {
			t.Errorf("%v: %v, %v", p, err, file.Common)
		}
	}
	if _, err := openSpawn(t.Context(), "redis-server?policy=LFU", Options{Binary: self}); err == nil || !strings.Contains(err.Error(), "for cachegopher") {
		t.Errorf("redis-server with a policy of ours: %v", err)
	}
}
