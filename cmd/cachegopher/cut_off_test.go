package main

import (
	"strings"
	"testing"
	"time"
)

// TestCutOffFromEtcd cuts a primary off from etcd, while its secondaries and clients reach it. It takes writes while its
// secondaries confirm that they follow it, until they leave it for another primary, which has all acknowledged writes.
func TestCutOffFromEtcd(t *testing.T) {
	t.Parallel()
	g := newCoordinated(t)
	p := newProxy(t, strings.TrimPrefix(g.etcd.Endpoint, "http://"), 1)
	write(t, g.folders[0], "cacheGopherConfig.json", strings.Replace(g.config(0), g.etcd.Endpoint, "http://"+p.Address, 1))
	g.start(0)
	g.nodes[0].eventually("it leads", func() bool { return strings.Contains(g.nodes[0].stdout.String(), "this node leads its group") })
	g.start(1)
	g.start(2)
	if first := g.primary(); first != 0 {
		t.Fatalf("n%d leads", first)
	}
	w := g.writes()
	w.more(t, 500)
	p.Does(mute)
	began := time.Now()
	next := 0
	g.nodes[1].eventually("another one leads", func() bool {
		for i := 1; i < 3; i++ {
			if strings.Contains(replies(t, g.addresses[i], "INFO", "replication"), "role:master") {
				next = i
			}
		}
		return next != 0
	})
	t.Logf("n%d leads after %v", next, time.Since(began))
	w.more(t, 500)
	p.Does(pieces)
	p.Cut() // the connections lack bytes
	now := g.primary()
	acked := w.end()
	t.Logf("%d writes acknowledged, %d failed; longest time without: %v", len(acked), w.errors, w.longest)
	hasAll(t, asked(t, nil, g.addresses[now]), acked)
}
