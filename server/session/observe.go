package session

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Snapshot is the state of a node's counters and sizes at one moment, for monitoring.
type Snapshot struct {
	Counts
	Commands []CommandStats
	Errors   [reply.Codes]int64 // error replies by code

	node *Node
}

// CommandStats are the counters of one command of both dialects, since the start or the last CONFIG RESETSTAT.
type CommandStats struct {
	Name     string // lower case
	Calls    int64
	Rejected int64 // not executed
	// RejectedFor is Rejected by reason, in words.
	RejectedFor map[string]int64
	Took        time.Duration // of all calls
	Failed      int64         // executed and answered with an error
	Latency     Latencies
}

// Snapshot reads the counters; it leaves out commands that were never called. It takes microseconds for each
// shard and loop, and delays each by no more than that.
func (n *Node) Snapshot() Snapshot {
	t := n.totals()
	s := Snapshot{Counts: n.counts(&t), Errors: t.errors, node: n}
	for i, h := range n.table.handlers {
		if h.line == nil && t.calls[i]+t.reject[i] > 0 {
			s.Commands = append(s.Commands, CommandStats{
				Name: h.name, Calls: t.calls[i], Rejected: t.reject[i], RejectedFor: t.reasons(i), Failed: t.fail[i], Took: time.Duration(t.nanos[i]), Latency: n.latencies(i),
			})
		}
	}
	return s
}

// Metrics reads all metrics of the node: of the snapshot, and the current ones of the server and of replication.
func (s *Snapshot) Metrics() []metric.Reading { return s.node.readings(&s.Counts) }

// SignIns counts sign-ins by result; all zero if the node has no users.
func (n *Node) SignIns() auth.Stats {
	if n.Users == nil {
		return auth.Stats{}
	}
	return n.Users.Stats()
}
