package policy

import (
	"strings"
	"testing"
)

// TestNames checks that every policy has a name of its own, under which Parse finds it, and all its facts.
func TestNames(t *testing.T) {
	for _, p := range All() {
		for _, name := range []string{p.String(), strings.ToLower(p.String())} {
			if found, ok := Parse(name); !ok || found != p {
				t.Errorf("Parse(%q) is %v, %v", name, found, ok)
			}
		}
		if !p.Valid() || p.Text() == "" || p.Redis() == "" {
			t.Errorf("%v: %v, %q, %q", p, p.Valid(), p.Text(), p.Redis())
		}
	}
	for name, want := range map[string]Policy{"allkeys-lru": LRU, "NoEviction": NONE, "allkeys-lfu": LFU, "volatile-ttl": TTL, "clock": CLOCK, "S3-fifo": S3FIFO} {
		if p, ok := ParseRedis(name); !ok || p != want {
			t.Errorf("ParseRedis(%q) is %v, %v", name, p, ok)
		}
	}
	for _, name := range RedisNames() {
		if _, ok := ParseRedis(name); !ok {
			t.Errorf("%s is unknown", name)
		}
	}
	if p, ok := ParseRedis("volatile-lru"); ok {
		t.Errorf("volatile-lru is %v", p)
	}
	none := Policy(len(All()))
	if _, ok := Parse(none.String()); ok || none.Valid() || none.String() == "" {
		t.Errorf("%v is a policy", none)
	}
}
