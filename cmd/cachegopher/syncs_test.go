package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSyncsAtATime gives a full primary four empty secondaries over slow links: two get a full sync at a time,
// the others wait, and the logs show the progress of each.
func TestSyncsAtATime(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 4)
	g.start(0)
	g.nodes[0].serving()
	w, err := dialPeer(g.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	for i := range 60 {
		if _, err := w.do("SET", fmt.Sprint("key", i), strings.Repeat("v", 60<<10)); err != nil {
			t.Fatal(err)
		}
	}
	// Paused: otherwise a sync that fits into the system's buffers may be over before the last of them has started.
	if _, err := w.do("REPLICA", "PAUSE"); err != nil {
		t.Fatal(err)
	}
	for i, p := range g.proxies {
		p.Does(slow)
		g.start(1 + i)
	}
	g.nodes[0].eventually("four secondaries that wait", func() bool {
		info, err := w.do("INFO", "replication")
		return err == nil && strings.Count(info.(string), "state=wait_bgsave") == 4
	})
	if _, err := w.do("REPLICA", "RESUME"); err != nil {
		t.Fatal(err)
	}
	tooMany := 0               // answers in a row with more syncs than are allowed
	states := map[string]int{} // "running waiting": how often seen
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		info, err := w.do("INFO", "replication")
		if err != nil {
			t.Fatal(err)
		}
		count := func(state string) int { return strings.Count(info.(string), "state="+state) }
		running, waiting := count("send_bulk"), count("wait_bgsave")
		// INFO looks at one secondary after the other: one sync may end and the next begin meanwhile.
		if running <= 2 {
			tooMany = 0
		} else if tooMany++; tooMany > 2 {
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
		t.Errorf("at no time did two full syncs run while two waited: %v", states)
	}
	progress := regexp.MustCompile(`full sync at \d+%, \d+\.\d MB/s, \d+(\.\d+)?m?s left`)
	reports := 0
	for _, n := range g.nodes[1:] {
		if progress.MatchString(n.stdout.String()) {
			reports++
		}
	}
	if reports == 0 { // one that takes less than a second need not
		t.Error("no secondary's log reports the progress of its sync")
	}
}

// TestRecoveryShown restarts a primary whose secondary is behind a slow link: while it gets its data back it
// replies LOADING, and INFO and its log show the progress.
func TestRecoveryShown(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, nil)
	p := g.addresses[0]
	const entries = 90
	for i := range entries {
		if got := replies(t, p, "SET", fmt.Sprint("key", i), strings.Repeat("v", 60<<10)); got != "OK" {
			t.Fatal(got)
		}
	}
	g.nodes[0].eventually("a secondary that has it all", func() bool { return replies(t, p, "WAIT", "1", "1000") == "1" })
	g.kill(0)
	g.proxies[0].Does(slow)
	g.start(0)
	shown := regexp.MustCompile(`recovering_from:n1\r\nrecovered_perc:\d?\d\.\d\d\r\nrecovered_bytes:[1-9]`)
	g.nodes[0].eventually("a recovery that INFO shows", func() bool {
		w, err := dialPeer(p)
		if err != nil {
			return false
		}
		defer w.Close() //nolint:errcheck // done with it
		info, err := w.do("INFO", "replication")
		return err == nil && shown.MatchString(info.(string))
	})
	if got := replies(t, p, "GET", "key1"); !strings.Contains(got, "LOADING") {
		t.Errorf("a primary that recovers answers %.100q", got)
	}
	g.nodes[0].serving()
	if got := replies(t, p, "DBSIZE"); got != fmt.Sprint(entries) {
		t.Errorf("%s entries are back of %d", got, entries)
	}
	if strings.Contains(g.nodes[0].stdout.String(), "lost the secondary") {
		t.Errorf("a slow secondary is given up:\n%s", g.nodes[0].stdout)
	}
	if progress := regexp.MustCompile(`recovery: \d+%, \d+\.\d MB/s, \d+(\.\d+)?m?s left`); !progress.MatchString(g.nodes[0].stdout.String()) {
		t.Errorf("the log does not report the progress:\n%s", g.nodes[0].stdout)
	}
}
