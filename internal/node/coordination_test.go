package node

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
)

// TestWaitAlone: a node that knows no other member of its group, for example after --join, does not lead before etcd says so.
// Nor does it offer its empty store as a complete copy, with which it would win an election over members with data.
func TestWaitAlone(t *testing.T) {
	c, err := lru.New(lru.Options{MaxEntries: 1000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	log, err := replica.NewLog(replica.MinLog, 1)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	r := &replication{id: "b", clock: replica.NewClock(func() time.Duration { return time.Since(began) })}
	r.member = replica.NewMember(replica.MemberOptions{ID: "b", Store: replica.NewCacheStore(c), Log: log, Now: r.now,
		Wall: func() int64 { return 1 }, Rand: rand.New(rand.NewPCG(1, 2))})
	alone := &topology.Topology{Groups: []topology.Group{{Name: "a", Leader: "b"}}, Servers: []topology.Server{{ID: "b", Group: "a"}}}
	if err := r.wait(alone); err != nil {
		t.Fatal(err)
	}
	if s := r.state(); s.Leads || s.Position.Complete {
		t.Errorf("it leads: %v, complete: %v; want neither", s.Leads, s.Position.Complete)
	}
	if err := r.member.Follow(1, "a", "a", []string{"a", "b"}); err != nil { // what etcd says
		t.Fatal(err)
	}
	if s := r.state(); s.Position.Complete {
		t.Error("after it was told to follow, its copy without entries is complete")
	}
}
