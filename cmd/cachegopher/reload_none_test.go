package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestReloadLeavesNone gives a full node that evicts nothing less memory and a policy that evicts, in one change of its
// config: it is the new policy that decides about the new limit.
func TestReloadLeavesNone(t *testing.T) {
	t.Parallel()
	r := &reloading{daemon: startConfig(t, `{"servers": [{"id": "a", "address": "%A", "role": "primary", "max_size": 200, "eviction_policy": "NONE"}]}`)}
	r.serving()
	c := r.dial()
	for i := range 100 {
		if got := c.speak("SET", fmt.Sprint("key:", i), "value"); got != "+OK" {
			t.Fatalf("SET is answered %s", got)
		}
	}
	config := `{"servers": [{"id": "a", "address": %q, "role": "primary", "max_size": 50, "eviction_policy": "%s"}]}`
	r.reload(fmt.Sprintf(config, r.address, "NONE"), "not reloaded; nothing has changed")
	r.reload(fmt.Sprintf(config, r.address, "LRU"), "reloaded: applied")
	r.eventually("at most 50 keys", func() bool {
		var n int
		if _, err := fmt.Sscanf(strings.TrimPrefix(c.speak("DBSIZE"), ":"), "%d", &n); err != nil {
			t.Fatal(err)
		}
		return n <= 50
	})
}
