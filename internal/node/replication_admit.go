package node

import (
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// admit tells sessions whether to serve clients, and whether to hold or refuse writes. The member calls it. Writes are
// held or refused before they can no longer be logged, and allowed last.
func (r *replication) admit(a replica.Admission) {
	allowed := a.Writes == replica.WritesAllowed
	if !allowed {
		r.imports.admit(false)
	}
	r.gate.admit(a, r.apply)
	if allowed {
		r.imports.admit(true)
	}
	if r.mover != nil {
		r.mover.Wake()
	}
}

func (r *replication) apply(a replica.Admission) {
	if a.Writes == replica.WritesHeld {
		r.held.hold() // first, or some would be refused
	}
	if a.Writes != replica.WritesAllowed {
		r.sessions.SetReadOnly(true)
	}
	r.sessions.SetLoading(!a.Serves)
	if a.Writes == replica.WritesAllowed {
		r.sessions.SetReadOnly(false)
	}
	if a.Writes != replica.WritesHeld {
		r.held.end(a.Writes == replica.WritesRefused && r.sessions.Cluster() != nil)
	}
}

// fenced tells sessions the time until which they may acknowledge writes. The member calls it.
func (r *replication) fenced(until time.Duration) {
	at := time.Time{}
	if until != 0 {
		at = r.started.Add(until)
	}
	r.sessions.SetFence(at)
}
