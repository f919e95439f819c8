package node

import (
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
)

func TestStatusLine(t *testing.T) {
	if got := statusLine(lru.Stats{Entries: 1_234_567, UsedBytes: 80_000_000}, nil); got != "primary, 1.2M keys, 80.0MB" {
		t.Errorf("alone: %q", got)
	}
	links := []replica.LinkStatus{
		{State: "online", LagTime: 2 * time.Millisecond}, {State: "online", LagTime: 3 * time.Millisecond}, {State: "down", LagTime: time.Hour},
	}
	for want, st := range map[string]replica.PrimaryStatus{
		", 2/2 secondaries, lag 3 ms": {Serving: true, Links: links[:2]},
		", 2/3 secondaries, lag 3 ms": {Serving: true, Links: links},
		", 0/1 secondaries":           {Serving: true, Links: links[2:]},
		", recovering 25.00%":         {Links: links, Fetching: replica.Fetching{Entries: 400, Arrived: 100}},
	} {
		if got := primaryLine(st); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for want, st := range map[string]replica.SecondaryStatus{
		", in step with a, lag 7 ms":   {Primary: "a", Linked: true, InStep: true, Lag: 7 * time.Millisecond},
		", full sync with a 50.00%":    {Primary: "a", Linked: true, Syncing: true, Entries: 2, Arrived: 1},
		", catching up with a":         {Primary: "a", Linked: true},
		", without primary a for 1m5s": {Primary: "a", Down: 65*time.Second + 1},
	} {
		if got := secondaryLine(st); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
