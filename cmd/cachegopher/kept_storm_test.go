package main

import (
	"flag"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

var storms = flag.Int("storms", 0, "how often TestKeptStorm restarts a group; each takes some five seconds")

// TestKeptStorm has a group with etcd that keeps its memory hand over twice in quick succession while a client writes, stops all
// members at about the same time, and starts them all at once. Nothing that was acknowledged may be missing.
func TestKeptStorm(t *testing.T) {
	if *storms == 0 {
		t.Skip("SKIPPED: it takes a while, and make torture does it; -storms 5 does it five times")
	}
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	g := newCoordinated(t)
	g.Sections["common"].(map[string]any)["keep_memory"] = keptFolder(t)
	g.lead(0)
	g.recoverAll()
	want, changed := map[string]bool{}, 0
	for range *storms {
		primary := g.primary()
		w := g.writes()
		w.more(t, 50)
		for i := range 2 {
			if replies(t, g.addresses[(primary+1+i)%len(g.nodes)], "PROMOTE") == "OK" {
				changed++
			}
			time.Sleep(time.Duration(r.IntN(30)) * time.Millisecond)
		}
		for _, i := range r.Perm(len(g.nodes)) {
			g.nodes[i].signal(syscall.SIGTERM)
			time.Sleep(time.Duration(r.IntN(30)) * time.Millisecond)
		}
		for i, n := range g.nodes {
			if status := n.ended(patience); status != exitDone {
				t.Fatalf("n%d: exit status %d", i, status)
			}
			g.nodes[i] = nil
		}
		for _, key := range w.end() {
			want[key] = true
		}
		for _, i := range r.Perm(len(g.nodes)) {
			g.start(i, "--recover")
		}
		g.primary()
		has := g.equal()
		for key := range want {
			if _, there := has[key]; !there {
				t.Fatalf("%s was acknowledged, and is gone: there are %d of %d keys", key, len(has), len(want))
			}
		}
	}
	t.Logf("%d acknowledged writes, %d changes of primary by PROMOTE", len(want), changed)
}
