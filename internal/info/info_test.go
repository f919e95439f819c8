package info

import (
	"testing"
	"time"
)

// TestLag reads the lag from the INFO of primaries.
func TestLag(t *testing.T) {
	i := Parse("# Replication\r\nrole:master\r\nslave0:ip=127.0.0.1,port=2,state=online,offset=5,lag=3\r\n" +
		"slave1:id=x,ip=127.0.0.1,port=3,state=online,lag_ms=7,lag=0\r\n")
	for _, c := range []struct {
		id, address string
		want        time.Duration
		known       bool
	}{
		{"a", "127.0.0.1:2", 3 * time.Second, true},
		{"x", "127.0.0.1:9", 7 * time.Millisecond, true},
		{"y", "127.0.0.1:3", 0, false},
		{"y", "unix:///x", 0, false},
	} {
		got := i.LagOf(c.id, c.address)
		if (got != nil) != c.known || c.known && *got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for text, want := range map[string]string{
		"role:master": "up", "role:slave\r\nmaster_link_status:down": "no primary", "role:slave\r\nmaster_link_status:up": "up",
		"role:slave\r\nmaster_link_status:down\r\nmaster_sync_in_progress:1": "syncing", "loading:1\r\nrole:master": "loading",
	} {
		if got := Parse(text).State(); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}
