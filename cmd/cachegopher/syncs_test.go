package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSyncsAtATime gives a full primary four empty secondaries over slow links: two are sent everything at a
// time, the others wait, and the logs tell how far each is.
func TestSyncsAtATime(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 4)
	g.start(0)
	g.nodes[0].serving()
	w, err := dialWire(g.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	for i := range 60 {
		if _, err := w.do("SET", fmt.Sprint("key", i), strings.Repeat("v", 60<<10)); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range g.proxies {
		p.delay(true)
		g.start(1 + i)
	}
	states := map[string]int{} // "running waiting": how often seen
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		info, err := w.do("INFO", "replication")
		if err != nil {
			t.Fatal(err)
		}
		count := func(state string) int { return strings.Count(info.(string), "state="+state) }
		running, waiting := count("send_bulk"), count("wait_bgsave")
		if running > 2 {
			t.Fatalf("%d full syncs at a time", running)
		}
		states[fmt.Sprint(running, " ", waiting)]++
		if count("online") == 4 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("not all are in step: %v", info)
		}
	}
	if states["2 2"] == 0 {
		t.Errorf("never were two sent everything while two waited: %v", states)
	}
	progress := regexp.MustCompile(`full sync at \d+%, \d+\.\d MB/s, \d+(\.\d+)?m?s left`)
	told := 0
	for _, n := range g.nodes[1:] {
		if progress.MatchString(n.stdout.String()) {
			told++
		}
	}
	if told == 0 { // one that takes less than a second need not
		t.Error("no secondary's log tells how far its sync is")
	}
}
